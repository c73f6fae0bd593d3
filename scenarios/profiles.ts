/** Offered load as data: linear segments, each with a phase name. */
export interface Segment {
  readonly phase: PhaseName
  /** Whole seconds, in milliseconds: a second of the timeline never lies in two phases. */
  readonly durationMs: number
  /** Messages a second at its start and end. */
  readonly fromRate: number
  readonly toRate: number
}

export const phaseNames = ['warm-up', 'base', 'rise', 'hold', 'fall', 'recovery'] as const
export type PhaseName = (typeof phaseNames)[number]

/** Phases that SLOs are judged on; warm-up is not. */
export const measuredPhases: readonly PhaseName[] = ['base', 'rise', 'hold', 'fall', 'recovery']

export type Profile = readonly Segment[]

/** Length of the whole profile. */
export function profileDurationMs(profile: Profile): number {
  return profile.reduce((sum, segment) => sum + segment.durationMs, 0)
}

/** Offered load, messages a second, at a time from the profile's start; 0 outside it. */
export function offeredRate(profile: Profile, tMs: number): number {
  let startMs = 0
  for (const { durationMs, fromRate, toRate } of profile) {
    if (tMs >= startMs && tMs < startMs + durationMs) {
      return fromRate + ((toRate - fromRate) * (tMs - startMs)) / durationMs
    }
    startMs += durationMs
  }
  return 0
}

/** The phase at a time from the profile's start; undefined outside it. */
export function phaseAt(profile: Profile, tMs: number): PhaseName | undefined {
  let endMs = 0
  for (const segment of profile) {
    endMs += segment.durationMs
    if (tMs >= 0 && tMs < endMs) return segment.phase
  }
  return undefined
}

function segmentCount(segment: Segment): number {
  return (((segment.fromRate + segment.toRate) / 2) * segment.durationMs) / 1000
}

/** Messages due with uniform arrivals: every k >= 0 below the integral of the rate. */
export function messageCount(profile: Profile): number {
  const total = profile.reduce((sum, segment) => sum + segmentCount(segment), 0)
  return Math.ceil(total - 1e-6)
}

/**
 * When message k (0-based) is due, milliseconds from the profile's start: the latest time at which no more than k
 * messages have fallen due, so that nothing is due inside a pause. Within a segment with start rate r, slope a and m
 * messages since its start, t = 2m / (r + sqrt(r^2 + 2am)) solves rt + at^2/2 = m and stays exact for a = 0.
 * The generator computes the same in Go (`pacer/profile.go`); shared vectors hold the two together.
 */
export function intendedMs(profile: Profile, k: number): number {
  let startMs = 0
  let before = 0
  for (const [i, segment] of profile.entries()) {
    const count = segmentCount(segment)
    if (k < before + count || i === profile.length - 1) {
      const m = k - before
      if (m <= 0) return startMs
      const slope = (segment.toRate - segment.fromRate) / (segment.durationMs / 1000)
      const root = Math.sqrt(Math.max(0, segment.fromRate * segment.fromRate + 2 * slope * m))
      return startMs + Math.min((2 * m * 1000) / (segment.fromRate + root), segment.durationMs)
    }
    before += count
    startMs += segment.durationMs
  }
  return startMs
}

/** What is wrong with a profile, every problem at once; empty when it can be run. */
export function profileProblems(profile: Profile): string[] {
  const problems: string[] = []
  for (const [i, segment] of profile.entries()) {
    const name = `segment ${i + 1} (${segment.phase})`
    if (!phaseNames.includes(segment.phase))
      problems.push(`${name}: no such phase; phases are ${phaseNames.join(', ')}`)
    if (!(segment.durationMs > 0 && segment.durationMs % 1000 === 0)) {
      problems.push(`${name}: lasts ${segment.durationMs} ms; a segment lasts a whole number of seconds from 1 up`)
    }
    for (const rate of [segment.fromRate, segment.toRate]) {
      if (!(Number.isFinite(rate) && rate >= 0)) problems.push(`${name}: ${rate} is no rate; rates are 0 or more`)
    }
  }
  if (!profile.some((segment) => measuredPhases.includes(segment.phase))) {
    problems.push(`no measured phase; at least one of ${measuredPhases.join(', ')} is needed`)
  }
  if (problems.length === 0 && messageCount(profile) === 0) problems.push('the profile asks for no message')
  return problems
}
