/** Axes: pure arithmetic, used for the static pictures and, in the page, for the interactive ones. */

export interface Scale {
  readonly kind: 'linear' | 'log'
  readonly min: number
  readonly max: number
  readonly ticks: readonly number[]
}

/** Position of a value from 0 (axis minimum) to 1 (maximum). */
export function position(scale: Scale, value: number): number {
  if (scale.kind === 'linear') return (value - scale.min) / (scale.max - scale.min)
  return Math.log(Math.max(value, scale.min) / scale.min) / Math.log(scale.max / scale.min)
}

const steps = [1, 2, 5, 10]

/** The largest 1-2-5 number that is at most `value` (> 0). */
export function stepBelow(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9)
  const step = steps.filter((candidate) => candidate * power <= value * (1 + 1e-9)).at(-1) ?? 1
  return step * power
}

/** The smallest 1-2-5 number that is at least `value` (> 0). */
export function stepAbove(value: number): number {
  const below = stepBelow(value)
  if (below >= value * (1 - 1e-9)) return below
  const power = 10 ** Math.floor(Math.log10(below) + 1e-9)
  const index = steps.findIndex((candidate) => candidate * power > below * (1 + 1e-9))
  return (steps[index] ?? 10) * power
}

/** A log axis from the 1-2-5 step below the smallest value to the one above the largest: nothing is ever cut. */
export function logScale(values: readonly number[]): Scale {
  const positive = values.filter((value) => value > 0)
  if (positive.length === 0) return { kind: 'log', min: 1_000, max: 10_000, ticks: [1_000, 2_000, 5_000, 10_000] }
  let [low, high] = [Number.POSITIVE_INFINITY, 0]
  for (const value of positive) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  const min = stepBelow(low)
  const max = Math.max(stepAbove(high), stepAbove(min * 1.01))
  const ticks: number[] = []
  for (let tick = min; tick <= max * 1.001; tick = stepAbove(tick * 1.01)) ticks.push(tick)
  return { kind: 'log', min, max, ticks }
}

/** A linear axis from 0 with about `wanted` round steps. */
export function linearScale(values: readonly number[], wanted = 5): Scale {
  const high = values.reduce((top, value) => Math.max(top, value), 0)
  if (high <= 0) return { kind: 'linear', min: 0, max: 1, ticks: [0, 1] }
  const step = stepAbove(high / wanted)
  const count = Math.ceil(high / step - 1e-9)
  const ticks = Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)))
  return { kind: 'linear', min: 0, max: ticks.at(-1) as number, ticks }
}

/** Seconds on the shared x axis: about `wanted` ticks at 1, 2, 5, 10, 15, 30 or 60 and their multiples. */
export function timeTicks(endS: number, wanted: number): number[] {
  const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600].find((s) => endS / s <= wanted) ?? 7_200
  return Array.from({ length: Math.floor(endS / step + 1e-9) + 1 }, (_, index) => index * step)
}
