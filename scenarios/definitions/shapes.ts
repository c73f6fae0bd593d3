import type { Profile, Segment } from '../profiles.ts'
import type { ScenarioOptions } from './definition.ts'

/** Seconds of quiet between warm-up and base, so that the warm-up's backlog is gone. */
const settleMs = 3_000

/** A rise to half of the peak, which brings compilers and pools to speed, then quiet at the base rate. */
function warmUp(options: ScenarioOptions): Segment[] {
  const quietMs = Math.min(settleMs, Math.floor(options.warmUpMs / 2_000) * 1_000)
  return [
    {
      phase: 'warm-up',
      durationMs: options.warmUpMs - quietMs,
      fromRate: options.fromRate,
      toRate: Math.max(options.fromRate, options.toRate / 2),
    },
    { phase: 'warm-up', durationMs: quietMs, fromRate: options.fromRate, toRate: options.fromRate },
  ]
}

/** warm-up, base, rise, hold, fall, recovery. */
export function spikeShape(options: ScenarioOptions): Profile {
  const { fromRate, toRate } = options
  const segments: Segment[] = [
    ...warmUp(options),
    { phase: 'base', durationMs: options.baseMs, fromRate, toRate: fromRate },
    { phase: 'rise', durationMs: options.riseMs, fromRate, toRate },
    { phase: 'hold', durationMs: options.holdMs, fromRate: toRate, toRate },
    { phase: 'fall', durationMs: options.fallMs, fromRate: toRate, toRate: fromRate },
    { phase: 'recovery', durationMs: options.recoveryMs, fromRate, toRate: fromRate },
  ]
  return segments.filter((segment) => segment.durationMs > 0)
}
