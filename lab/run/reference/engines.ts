import { join } from 'node:path'
import type { RunningComponent, Session } from '../../../compose/component.ts'
import { engineGroup } from '../../../compose/swarm/usage.ts'
import type { Edition } from '../../../system/editions/edition.ts'
import { needsRedis } from '../../../system/editions/index.ts'
import { logEnd } from '../../audit/log.ts'
import type { MeasuredComponent } from '../../judge/resources.ts'
import { namespaceOf, ownDatabases, removeKeys, removeTopics, topicPrefixOf } from './given.ts'

/** What an edition of the chat runs on. */
export interface Engines {
  readonly kafka: RunningComponent | null
  readonly redis: RunningComponent | null
  /** Null for a store that lives in the system's own process. */
  readonly store: RunningComponent | null
  readonly storeUrl: string
  /** What names this run's own in engines that others use too. */
  readonly namespace: string
}

/** Starts what the edition needs and the environment does not give. Rejects with an EnvironmentError. */
export async function startEngines(session: Session, edition: Edition, runId: string): Promise<Engines> {
  const { log, store: kind } = edition
  const [kafka, redis, store] = await Promise.all([
    log === 'kafka' ? session.start('kafka') : null,
    needsRedis(edition) ? session.start('redis') : null,
    kind === 'sqlite' ? null : session.start(kind),
  ])
  const namespace = namespaceOf(runId)
  const storeUrl =
    store === null || kind === 'sqlite'
      ? `sqlite:${join(session.dataDir, kind, 'chat.sqlite')}`
      : ownDatabases[kind].urlOf(store.url, namespace)
  return { kafka, redis, store, storeUrl, namespace }
}

/** Records in the log of this run by its end offsets, on brokers that others use too. */
export const logEndOf = (kafka: RunningComponent, namespace: string): Promise<number> =>
  logEnd(kafka.url.split(','), topicPrefixOf(kafka, namespace))

/** What a run leaves in engines that are not ours: each removes a part of it. */
export function leftoversOf({ store: kind }: Edition, engines: Engines): (() => Promise<void>)[] {
  const { kafka, redis, store, storeUrl, namespace } = engines
  return [
    ...(store?.origin === 'given' && kind !== 'sqlite' ? [() => ownDatabases[kind].remove(storeUrl)] : []),
    ...(kafka?.origin === 'given' ? [() => removeTopics(kafka.url, namespace)] : []),
    ...(redis?.origin === 'given' ? [() => removeKeys(redis.url, namespace)] : []),
  ]
}

/** What is measured of them, and of Docker where one of them is a container. */
export function engineComponents({ kafka, redis, store }: Engines): MeasuredComponent[] {
  const components = [kafka, redis, store].filter((component) => component !== null)
  return [...components.map(describeComponent), ...dockerIn(components)]
}

/** Which images engines were made of, and why one that might have been a container is none. */
export function imagesOf({ kafka, redis, store }: Engines): Record<string, string> {
  const components = [
    ['log', kafka],
    ['redis', redis],
    ['store', store],
  ] as const
  const images = components.flatMap(([role, component]) => {
    if (component?.image) return [[`${role}Image`, `${component.image.reference} (${component.image.id})`]]
    return component?.notContained ? [[`${role}Image`, `none: ${component.notContained}`]] : []
  })
  const version = components.find(([, component]) => component?.image)?.[1]?.image?.dockerVersion
  return { ...Object.fromEntries(images), ...(version !== undefined && { docker: version }) }
}

/** What forwards the traffic of containers is a part of what they cost. */
function dockerIn(components: readonly RunningComponent[]): MeasuredComponent[] {
  const version = components.find(({ image }) => image)?.image?.dockerVersion
  return version === undefined ? [] : [{ name: engineGroup, title: `Docker Engine ${version}`, measured: true }]
}

const describeComponent = ({ name, identity, origin, memory = [] }: RunningComponent): MeasuredComponent => ({
  name,
  title: `${identity.product} ${identity.version}`,
  measured: origin !== 'given',
  memory,
})
