import { randomBytes } from 'node:crypto'
import type { ImageName, ReadyImage } from '../../compose/images/image.ts'
import { chatStack } from '../../compose/stack/chat.ts'
import type { ObserverPorts } from '../../compose/stack/observers.ts'
import type {
  BrokerCount,
  ChatStackOptions,
  RoleService,
  StackPorts,
  StackSecrets,
  StoreName,
} from '../../compose/stack/options.ts'
import type { StackSpec } from '../../compose/stack/spec.ts'
import type { Edition } from '../../system/editions/edition.ts'
import { type Choice, editions, editionWith, needsRedis } from '../../system/editions/index.ts'
import { observersOf } from './observe.ts'
import type { StackBackend } from './options.ts'

/** One whose store is a server. */
export type StackEdition = Edition & { readonly store: StoreName }

export interface ChatOptions {
  readonly name: string
  readonly edition: StackEdition
  readonly gateways: number
  readonly brokers: BrokerCount
  readonly knobs: Readonly<Record<string, number>>
  readonly images: ReadonlyMap<ImageName, ReadyImage>
  readonly ports: StackPorts
  readonly front: boolean
  readonly secrets: StackSecrets
  readonly cpus: number
  /** Of the cluster. */
  readonly nodes: number
  /** Absent: nobody watches it. */
  readonly observe?: ObserverPorts
  /** Id of the run it is made for; absent: it stands for itself. */
  readonly run?: string
}

/** What a stack sets otherwise than an edition: its gateways are replaced while clients are there. */
const stackKnobs = { drainSpreadMs: 15_000 }

/** An edition as a stack: each group of roles that the edition runs in one process is a service. */
export function stackOf({ edition, gateways, nodes, observe: ports, run, knobs, ...rest }: ChatOptions): StackSpec {
  const { name, store, fanout, cache } = edition
  const redis = needsRedis(edition)
  const roles = servicesOf(edition, gateways, nodes)
  const observe =
    ports && observersOf({ ...rest, backend: name, store, redis, roles, ports, ...(run !== undefined && { run }) })
  return chatStack({
    ...rest,
    knobs: { ...stackKnobs, ...knobs },
    edition: name,
    store,
    fanout,
    cache,
    redis,
    roles,
    ...(observe && { observe }),
  })
}

/** Gateways are what is asked for; of everything else one, or two where a node may be lost. */
export function servicesOf(edition: Edition, gateways: number, nodes: number): RoleService[] {
  const others = nodes > 1 ? 2 : 1
  return edition.processes.map((roles) => ({
    name: roles.join('-'),
    roles,
    replicas: roles.includes('gateway') ? gateways : others,
  }))
}

/** What a stack of that edition runs: the project's own image and the engines', and those of what watches them. */
export const imagesOf = (edition: StackEdition, observed = false): ImageName[] => [
  'chat',
  'haproxy',
  'kafka',
  edition.store,
  ...(needsRedis(edition) ? (['redis'] as const) : []),
  ...(observed ? observerImages(edition) : []),
]

/** Of what watches such a stack, but Grafana's. */
export const observerImages = (edition: StackEdition): ImageName[] => [
  'prometheus',
  ...(needsRedis(edition) ? (['redis-exporter'] as const) : []),
  ...(edition.store === 'mysql' ? (['mysql-exporter'] as const) : []),
]

/** Hexadecimal, so that no URL, header or shell reads one of their characters as its own. */
export function generateSecrets(): ChatStackOptions['secrets'] {
  const hex = (bytes: number) => randomBytes(bytes).toString('hex')
  return {
    tokenSecret: hex(48),
    internalToken: hex(32),
    storePassword: hex(18),
    storeRootPassword: hex(18),
    redisPassword: hex(18),
  }
}

/** The edition of a backend with the chosen parts. */
export function stackEdition(backend: StackBackend, choice: Choice): StackEdition {
  return { ...editionWith(editions[backend], choice), store: editions[backend].store }
}
