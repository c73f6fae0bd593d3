/** The option --runtime: which engines run in containers. */
import type { ComponentName, ContainerChoice } from '../../compose/component.ts'
import { editions, needsRedis } from '../../system/editions/index.ts'
import { chooseFrom } from './flags.ts'
import type { ResolvedRun } from './resolved.ts'
import { type Runtime, runtimes } from './target.ts'

type Chosen = Pick<ResolvedRun, 'runtime' | 'contained'>
type Parts = Pick<ResolvedRun, 'backend' | 'fanout' | 'cache'>

/** Reads `native`, `containers`, `containers:kafka,mysql`, `auto:kafka` and so on; tells of every name that is unknown. */
export function runtimeOf(text: string, parts: Parts, problems: string[]): Chosen {
  const { backend } = parts
  const engines = enginesOf(parts)
  const [name = '', list] = text.split(':', 2)
  const runtime = runtimes.find((known) => known === name)
  if (runtime === undefined) {
    problems.push(`--runtime=${text} is unknown${chooseFrom(name, runtimes)}`)
    return { runtime: 'native', contained: null }
  }
  if (runtime === 'containers' && engines.length === 0)
    problems.push(`--runtime=${text}: the backend ${backend} has no engine of its own; its store lives in the system`)
  if (list === undefined) return { runtime, contained: null }
  if (!isContained(runtime)) problems.push(`--runtime=${text}: ${runtime} is for all of them; leave out ":${list}"`)
  const named = list.split(',').map((each) => each.trim())
  for (const each of named)
    if (!engines.some((engine) => engine === each))
      problems.push(`--runtime=${text}: this run on ${backend} has no engine "${each}"${chooseFrom(each, engines)}`)
  return { runtime, contained: engines.filter((engine) => named.includes(engine)) }
}

const isContained = (runtime: Runtime) => runtime === 'containers' || runtime === 'auto'

function enginesOf({ backend, ...parts }: Parts): ComponentName[] {
  const { log, store } = editions[backend]
  return [
    ...(log === 'kafka' ? (['kafka'] as const) : []),
    ...(store === 'sqlite' ? [] : [store]),
    ...(needsRedis(parts) ? (['redis'] as const) : []),
  ]
}

export const runtimeText = ({ runtime, contained }: Chosen): string =>
  contained === null ? runtime : `${runtime}:${contained.join(',')}`

/** What a session is told; undefined: every engine is native. */
export function containerChoice({ runtime, contained, images }: Chosen & Pick<ResolvedRun, 'images'>) {
  if (!isContained(runtime)) return undefined
  const when = runtime === 'containers' ? 'wanted' : 'possible'
  return { when, only: contained, images } satisfies ContainerChoice
}
