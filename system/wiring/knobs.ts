import type { Knobs } from '../editions/edition.ts'
import { nearest } from './nearest.ts'

interface KnobRule {
  readonly least: number
  readonly most: number
}

/** What each knob may be set to. */
export const knobRules = {
  partitions: { least: 1, most: 1_000 },
  lingerMs: { least: 0, most: 1_000 },
  persistBatchRows: { least: 1, most: 10_000 },
  persistBatchMs: { least: 0, most: 10_000 },
  sendsPerSecond: { least: 0, most: 1_000_000 },
  sendBurst: { least: 1, most: 1_000_000 },
  pendingHigh: { least: 1, most: 10_000_000 },
  pendingLow: { least: 0, most: 10_000_000 },
  membershipCacheMs: { least: 0, most: 3_600_000 },
  heartbeatMs: { least: 0, most: 600_000 },
  // Half of the time that a drain has.
  drainSpreadMs: { least: 0, most: 15_000 },
} as const satisfies Record<keyof Knobs, KnobRule>

/** The knobs with `name=value` settings applied; every problem is added to `problems`. */
export function applyKnobs(knobs: Knobs, settings: readonly string[], problems: string[]): Knobs {
  const applied: Record<keyof Knobs, number> = { ...knobs }
  for (const setting of settings) {
    const [name = '', text = ''] = setting.split(/=(.*)/s)
    if (!Object.hasOwn(knobRules, name)) {
      problems.push(`--knob ${setting}: there is no knob "${name}"${nearest(name, Object.keys(knobRules))}`)
      continue
    }
    const { least, most } = knobRules[name as keyof Knobs]
    const value = wholeNumber(text)
    if (value === undefined || value < least || value > most)
      problems.push(`--knob ${setting}: ${name} is a whole number from ${least} to ${most}`)
    else applied[name as keyof Knobs] = value
  }
  if (applied.pendingLow >= applied.pendingHigh)
    problems.push(`--knob: pendingLow (${applied.pendingLow}) must be below pendingHigh (${applied.pendingHigh})`)
  return applied
}

export function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
