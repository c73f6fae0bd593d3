import type { SpikeFigures } from '../../reports/schema/result.ts'
import { quantileOf } from '../measure/distribution.ts'
import type { Intervals } from '../measure/intervals.ts'
import { endOf, type PhaseSpan } from './phases.ts'

/** How far above the base p99 counts as recovered, and the window it is judged over (measuring.md section 6). */
const recoveryFactor = 1.5
const windowS = 5

/** Figures of measuring.md section 6; null where the profile has no such phase or there were no samples. */
export function spikeFigures(
  spans: readonly PhaseSpan[],
  latency: Intervals,
  backlog: readonly (number | null)[],
): SpikeFigures {
  const phase = (name: PhaseSpan['name']) => spans.find((span) => span.name === name)
  const p99 = (fromS: number, toS: number) => quantileOf(latency.span('delivery', fromS, toS), 0.99)
  const base = phase('base')
  const recovery = phase('recovery')
  const baseP99Us = base === undefined ? null : p99(base.startS, endOf(base))
  const recoveryP99Us = recovery === undefined ? null : p99(recovery.startS, endOf(recovery))
  const worst = worstSecond(spans, latency)
  const queue = backlogFigures(spans, backlog)
  const recoveryLimitUs = baseP99Us === null ? null : Math.round(recoveryFactor * baseP99Us)
  // A recovery shorter than the window could never be told from none.
  const fallEndS = recovery === undefined || recovery.durationS < windowS ? null : recovery.startS
  const sameRate = base !== undefined && recovery !== undefined && base.toRate === recovery.fromRate
  return {
    baseP99Us,
    worstSecondP99Us: worst?.us ?? null,
    worstSecondS: worst?.second ?? null,
    overshoot: share(worst?.us ?? null, baseP99Us),
    ...queue,
    fallEndS,
    recoveryLimitUs,
    ...recoveryTimes(
      recovery,
      (second) => {
        const us = p99(second, second + windowS)
        return us !== null && recoveryLimitUs !== null && us <= recoveryLimitUs
      },
      backlog,
      queue.backlogBase,
    ),
    observedS: recovery?.durationS ?? null,
    hysteresis: sameRate ? share(recoveryP99Us, baseP99Us) : null,
  }
}

const share = (part: number | null, whole: number | null): number | null =>
  part === null || whole === null || whole === 0 ? null : part / whole

function worstSecond(spans: readonly PhaseSpan[], latency: Intervals): { second: number; us: number } | null {
  let worst: { second: number; us: number } | null = null
  for (const span of spans.filter((candidate) => candidate.measured))
    for (let second = span.startS; second < endOf(span); second++) {
      const us = quantileOf(latency.at('delivery', second), 0.99)
      if (us !== null && us > (worst?.us ?? -1)) worst = { second, us }
    }
  return worst
}

/** Base level = the highest backlog sampled in the base phase: batches make it swing also when nothing queues. */
function backlogFigures(
  spans: readonly PhaseSpan[],
  backlog: readonly (number | null)[],
): Pick<SpikeFigures, 'backlogPeak' | 'backlogPeakS' | 'backlogBase' | 'drainRate'> {
  const base = spans.find((span) => span.name === 'base')
  const firstS = spans.find((span) => span.measured)?.startS ?? 0
  const baseLevels = base === undefined ? [] : backlog.slice(base.startS, endOf(base)).filter((level) => level !== null)
  const backlogBase = baseLevels.length === 0 ? null : Math.max(...baseLevels)
  let peak: { level: number; second: number } | null = null
  for (let second = firstS; second < backlog.length; second++) {
    const level = backlog[second] ?? null
    if (level !== null && level > (peak?.level ?? -1)) peak = { level, second }
  }
  return {
    backlogPeak: peak?.level ?? null,
    backlogPeakS: peak?.second ?? null,
    backlogBase,
    drainRate: peak === null ? null : drainRate(backlog, peak, backlogBase ?? 0),
  }
}

/** From the peak to the first sample at the base level, or to the lowest one seen if it never came back. */
function drainRate(
  backlog: readonly (number | null)[],
  peak: { level: number; second: number },
  baseLevel: number,
): number | null {
  if (peak.level <= baseLevel) return null
  let lowest = peak
  for (let second = peak.second + 1; second < backlog.length; second++) {
    const level = backlog[second] ?? null
    if (level === null) continue
    if (level < lowest.level) lowest = { level, second }
    if (level <= baseLevel) break
  }
  return lowest === peak ? null : (peak.level - lowest.level) / (lowest.second - peak.second)
}

/**
 * Seconds from the end of the fall. p99: to the first second from which every rolling window is within the limit to
 * the end of the phase. Backlog: to the first second from which it is at its base level for one window. Both: to the
 * first such second of the backlog once p99 has recovered.
 */
function recoveryTimes(
  recovery: PhaseSpan | undefined,
  p99Within: (second: number) => boolean,
  backlog: readonly (number | null)[],
  baseLevel: number | null,
): Pick<SpikeFigures, 'recoverS' | 'p99RecoverS' | 'backlogRecoverS'> {
  const starts = recovery === undefined ? [] : windowStarts(recovery)
  const atBase = (second: number) =>
    backlog.slice(second, second + windowS).every((level) => level === null || baseLevel === null || level <= baseLevel)
  const lastSlow = starts.findLastIndex((second) => !p99Within(second))
  const afterFall = (second: number | undefined) => (second === undefined ? null : second - recovery!.startS)
  const calm = starts.slice(lastSlow + 1)
  return {
    recoverS: afterFall(calm.find(atBase)),
    p99RecoverS: afterFall(calm[0]),
    backlogRecoverS: baseLevel === null ? null : afterFall(starts.find(atBase)),
  }
}

/** Seconds at which a whole window of the phase begins. */
function windowStarts({ startS, durationS }: PhaseSpan): number[] {
  return Array.from({ length: Math.max(0, durationS - windowS + 1) }, (_, index) => startS + index)
}
