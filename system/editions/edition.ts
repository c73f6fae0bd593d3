/** An edition is a whole chat system as data: which parts, in which order, in which processes. */
export interface Edition {
  readonly name: string
  readonly pipeline: 'store-first' | 'log-first'
  readonly store: 'sqlite' | 'mongo' | 'mysql' | 'postgres' | 'cassandra'
  readonly log: 'none' | 'memory' | 'kafka'
  readonly fanout: FanoutKind
  /** Where the last messages of each room are kept at hand for readers of history. */
  readonly cache: CacheKind
  /** How roles are grouped into processes when the lab starts the edition. */
  readonly processes: readonly (readonly Role[])[]
  readonly knobs: Knobs
}

/**
 * How messages reach the gateways: within one process; by reading the log; through Redis with a channel a room, or with
 * one channel for all rooms.
 */
export const fanoutKinds = ['memory', 'kafka', 'redis', 'redis-single'] as const
export type FanoutKind = (typeof fanoutKinds)[number]

export const cacheKinds = ['none', 'redis'] as const
export type CacheKind = (typeof cacheKinds)[number]

export const roles = ['gateway', 'api', 'persister', 'relay'] as const
export type Role = (typeof roles)[number]

export interface Knobs {
  readonly partitions: number
  /** How long the gateway gathers drafts before one request to the log; 0 = one turn of the event loop. */
  readonly lingerMs: number
  readonly persistBatchRows: number
  readonly persistBatchMs: number
  /** SENDs a user may make a second, and its burst; 0 = no limit (load runs, said in the report). */
  readonly sendsPerSecond: number
  readonly sendBurst: number
  /** Drafts waiting for the durable step at which gateways stop reading from senders, and at which they go on. */
  readonly pendingHigh: number
  readonly pendingLow: number
  readonly membershipCacheMs: number
  readonly heartbeatMs: number
  /** How long a gateway that ends takes to send its clients away, in waves; 0 = all at once. */
  readonly drainSpreadMs: number
}
