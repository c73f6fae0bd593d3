import type { EngineIdentity } from '../../../compose/component.ts'
import type { Target } from '../../../reports/schema/result.ts'
import type { Edition } from '../../../system/editions/edition.ts'
import type { Runtime } from '../target.ts'

/** Answer of `GET /identity` on a system process's internal server. */
export interface SystemIdentity {
  readonly edition: string
  readonly pipeline: string
  readonly fanout: string
  readonly roles: readonly string[]
  readonly nodeId: string
  readonly store: { readonly engine: EngineIdentity; readonly schemaVersion: number; readonly durability: string }
  readonly log: { readonly engine: EngineIdentity; readonly durability: string } | null
  readonly knobs: Readonly<Record<string, number>>
}

/** What Redis is to the system; as it keeps nothing, nothing it acknowledges outlives it. */
export function redisEngines(
  { fanout, cache }: Pick<Edition, 'fanout' | 'cache'>,
  { origin, identity: engine }: { readonly origin: string; readonly identity: EngineIdentity },
): Target['engines'] {
  const roles = [
    ...(fanout === 'redis' || fanout === 'redis-single' ? ['fanout'] : []),
    ...(cache === 'redis' ? ['cache'] : []),
  ]
  return roles.map((role) => ({ role, origin, engine, durability: 'none' }))
}

/** `mongo@1, FerretDB 2.7.0`, with every engine as it names itself. */
export function describeTarget(
  backend: string,
  runtime: Runtime,
  identity: SystemIdentity,
  processes: readonly string[],
  origins: { readonly store: string; readonly log: string },
  others: Target['engines'],
): Target {
  const { store, log } = identity
  const engines: Target['engines'] = [
    { role: 'store', origin: origins.store, engine: store.engine, durability: store.durability },
  ]
  if (log !== null) engines.push({ role: 'log', origin: origins.log, engine: log.engine, durability: log.durability })
  engines.push(...others)
  return {
    title: `${backend}@${store.schemaVersion}, ${store.engine.product} ${store.engine.version}`,
    backend,
    edition: identity.edition,
    pipeline: identity.pipeline,
    fanout: identity.fanout,
    schemaVersion: store.schemaVersion,
    engines,
    compatibleFlags: [...new Set(engines.map(({ engine }) => engine))].flatMap((engine) =>
      engine.compatibleWith === undefined
        ? []
        : [`Compatible with ${engine.compatibleWith}, is ${engine.product} ${engine.version}.`],
    ),
    processes: [...processes],
    runtime,
  }
}
