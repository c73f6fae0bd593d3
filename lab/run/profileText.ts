import { type PhaseName, type Profile, phaseNames, profileProblems, type Segment } from '../../scenarios/profiles.ts'
import { parseDurationMs, parseRate } from './quantities.ts'

const form = 'write segments like base:15s@100,rise:5s@100-5000,hold:60s@5000'

/** Reads a profile as written on a command line: `phase:duration@rate` or `phase:duration@rate-rate`, by commas. */
export function parseProfile(text: string): { profile: Profile; problems: string[] } {
  const problems: string[] = []
  const profile: Segment[] = []
  for (const part of text.split(',')) {
    const segment = parseSegment(part.trim())
    if (typeof segment === 'string') problems.push(`--profile: "${part}" ${segment}; ${form}`)
    else profile.push(segment)
  }
  if (problems.length === 0) problems.push(...profileProblems(profile).map((problem) => `--profile: ${problem}`))
  const returned = profile.find(
    ({ phase }, i) => i !== profile.findLastIndex((other) => other.phase === phase) && profile[i + 1]?.phase !== phase,
  )
  if (returned !== undefined) problems.push(`--profile: the phase ${returned.phase} comes back after another one`)
  return { profile, problems }
}

function parseSegment(text: string): Segment | string {
  const [, name, duration, rates] = /^([^:]+):([^@]+)@(.+)$/.exec(text) ?? []
  if (name === undefined) return 'cannot be read'
  const phase = phaseNames.find((known) => known === name) as PhaseName | undefined
  if (phase === undefined) return `names no phase; phases are ${phaseNames.join(', ')}`
  const durationMs = parseDurationMs(duration!)
  if (durationMs === null) return `has no duration with a unit, like 90s`
  const [fromRate, toRate, ...more] = rates!.split('-').map(parseRate)
  if (fromRate == null || toRate === null || more.length > 0) return 'has no rate, like 5000 or 100-5000'
  return { phase, durationMs, fromRate, toRate: toRate ?? fromRate }
}
