import assert from 'node:assert/strict'

/** Equal but for the last digits of a floating-point computation. */
export function near(got: number, want: number, what: string): void {
  assert.ok(Math.abs(got - want) <= 1e-9 * Math.max(1, Math.abs(want)), `${what}: got ${got}, want ${want}`)
}
