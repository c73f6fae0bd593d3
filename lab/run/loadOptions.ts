import { type Definition, optionProblems, type ScenarioOptions } from '../../scenarios/definitions/definition.ts'
import { messageCount, type Profile, profileProblems } from '../../scenarios/profiles.ts'
import type { FlagReader } from './flagReader.ts'
import { parseProfile } from './profileText.ts'

export function scenarioOptions({ defaults }: Definition, read: FlagReader): ScenarioOptions {
  const options: ScenarioOptions = {
    users: read.count('users', defaults.users),
    roomSize: read.count('room-size', defaults.roomSize),
    bodyBytes: read.count('body-bytes', defaults.bodyBytes),
    fromRate: read.rate(read.has('rate') ? 'rate' : 'from', defaults.fromRate),
    toRate: read.rate(read.has('rate') ? 'rate' : 'to', defaults.toRate),
    warmUpMs: read.durationMs('warmup', defaults.warmUpMs),
    baseMs: read.durationMs('base', defaults.baseMs),
    riseMs: read.durationMs('rise', defaults.riseMs),
    holdMs: read.durationMs('hold', defaults.holdMs),
    fallMs: read.durationMs('fall', defaults.fallMs),
    recoveryMs: read.durationMs('recovery', defaults.recoveryMs),
  }
  const clashing = (['from', 'to'] as const).filter((name) => read.has('rate') && read.has(name))
  if (clashing.length > 0) read.problems.push(`--rate says it: leave out --${clashing.join(' and --')}`)
  read.problems.push(...optionProblems(options))
  return options
}

const shapeFlags = ['rate', 'from', 'to', 'warmup', 'base', 'rise', 'hold', 'fall', 'recovery'] as const

/** Messages beyond which the ledger's arrays would not fit a usual machine. */
const maxMessages = 50_000_000

export function profileOf(definition: Definition, options: ScenarioOptions, read: FlagReader): Profile {
  const text = read.text('profile', '')
  const clashing = shapeFlags.filter((name) => read.has(name))
  if (text !== '' && clashing.length > 0)
    read.problems.push(`--profile says it all: leave out --${clashing.join(', --')}`)
  const { profile, problems } = text === '' ? shaped(definition, options) : parseProfile(text)
  read.problems.push(...problems)
  const messages = messageCount(profile)
  if (messages > maxMessages)
    read.problems.push(
      `the profile asks for ${messages} messages; one generator keeps a ledger of at most ${maxMessages}`,
    )
  return profile
}

function shaped(definition: Definition, options: ScenarioOptions): { profile: Profile; problems: string[] } {
  // A shape of impossible options has problems of its own that would only repeat theirs.
  if (optionProblems(options).length > 0) return { profile: [], problems: [] }
  const profile = definition.profile(options)
  return { profile, problems: profileProblems(profile) }
}
