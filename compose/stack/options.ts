/** What a chat stack is made from. */
import type { ImageName, ReadyImage } from '../images/image.ts'
import type { ServiceSpec } from './spec.ts'

export const storeNames = ['mysql', 'postgres', 'mongo', 'cassandra'] as const
export type StoreName = (typeof storeNames)[number]

/** One, or as many as lose none of the log when one is lost. */
export const brokerCounts = [1, 3] as const
export type BrokerCount = (typeof brokerCounts)[number]

/** One service of the system, as whoever knows its roles wants it. */
export interface RoleService {
  readonly name: string
  readonly roles: readonly string[]
  readonly replicas: number
}

export interface StackPorts {
  /** Of the node that publishes them. */
  readonly address: string
  /** REST and WebSocket. */
  readonly public: number
  /** Metrics and administration of every task of the roles, with the internal token. */
  readonly operations: number
  /** The store and the log, while the door is open. */
  readonly doorStore: number
  /** One a broker, for each of them sends clients to itself. */
  readonly doorLogs: readonly number[]
}

/** Generated for one stack; none of them has a character that a URL or a shell would take for its own. */
export interface StackSecrets {
  readonly tokenSecret: string
  readonly internalToken: string
  readonly storePassword: string
  readonly storeRootPassword: string
  readonly redisPassword: string
}

/** Services that watch the others, with the texts of their configurations and secrets. */
export interface Observers {
  readonly services: Readonly<Record<string, ServiceSpec>>
  readonly configs: Readonly<Record<string, string>>
  readonly secrets: Readonly<Record<string, string>>
}

export interface ChatStackOptions {
  readonly name: string
  readonly edition: string
  readonly fanout: string
  readonly cache: string
  /** Whether fan-out or cache want one. */
  readonly redis: boolean
  readonly roles: readonly RoleService[]
  readonly store: StoreName
  readonly brokers: BrokerCount
  readonly knobs: Readonly<Record<string, number>>
  readonly images: ReadonlyMap<ImageName, ReadyImage>
  readonly ports: StackPorts
  /** Whether the balancer is on the network `front`, instead of publishing ports. */
  readonly front: boolean
  readonly secrets: StackSecrets
  /** Of the smallest node: the daemon refuses a limit above it. */
  readonly cpus: number
  readonly observe?: Observers
}

/** Files below `/run/secrets`. */
export const secretNames = {
  storeUrl: 'store_url',
  logUrl: 'log_url',
  redisUrl: 'redis_url',
  redisSettings: 'redis_settings',
  redisPasswords: 'redis_passwords',
  mysqlClient: 'mysql_client',
  tokenSecret: 'token_secret',
  internalToken: 'internal_token',
  operationsHeader: 'operations_header',
  storePassword: 'store_password',
  storeRootPassword: 'store_root_password',
} as const

export const secretFile = (name: keyof typeof secretNames): string => `/run/secrets/${secretNames[name]}`

/** Throws when the caller has not brought the image. */
export function imageOf({ images }: Pick<ChatStackOptions, 'images'>, name: ImageName): ReadyImage {
  const image = images.get(name)
  if (image === undefined) throw new Error(`the stack needs the image ${name}`)
  return image
}
