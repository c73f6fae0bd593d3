import type { CacheKind, Edition, FanoutKind, Knobs } from './edition.ts'

const knobs: Knobs = {
  partitions: 12,
  lingerMs: 30,
  persistBatchRows: 1_000,
  persistBatchMs: 200,
  sendsPerSecond: 20,
  sendBurst: 40,
  pendingHigh: 20_000,
  pendingLow: 5_000,
  membershipCacheMs: 60_000,
  heartbeatMs: 10_000,
  drainSpreadMs: 0,
}

export const editions = {
  sqlite: {
    name: 'sqlite',
    pipeline: 'store-first',
    store: 'sqlite',
    log: 'none',
    fanout: 'memory',
    cache: 'none',
    processes: [['gateway', 'api']],
    knobs: { ...knobs, lingerMs: 2 },
  },
  mongo: {
    name: 'mongo',
    pipeline: 'log-first',
    store: 'mongo',
    log: 'kafka',
    fanout: 'kafka',
    cache: 'none',
    processes: [['gateway'], ['persister'], ['api']],
    knobs,
  },
  mysql: {
    name: 'mysql',
    pipeline: 'log-first',
    store: 'mysql',
    log: 'kafka',
    fanout: 'kafka',
    cache: 'none',
    processes: [['gateway'], ['persister'], ['api']],
    knobs,
  },
  postgres: {
    name: 'postgres',
    pipeline: 'log-first',
    store: 'postgres',
    log: 'kafka',
    fanout: 'kafka',
    cache: 'none',
    processes: [['gateway'], ['persister'], ['api']],
    knobs,
  },
  cassandra: {
    name: 'cassandra',
    pipeline: 'log-first',
    store: 'cassandra',
    log: 'kafka',
    fanout: 'kafka',
    cache: 'none',
    processes: [['gateway'], ['persister'], ['api']],
    // A write is a request a partition, and a partition is a room: the longer rows gather, the fewer requests they are.
    knobs: { ...knobs, persistBatchRows: 5_000, persistBatchMs: 1_000 },
  },
} as const satisfies Record<string, Edition>

export type EditionName = keyof typeof editions

/** What may be chosen of an edition's parts; what is left out stays as the edition has it. */
export interface Choice {
  readonly fanout?: FanoutKind | undefined
  readonly cache?: CacheKind | undefined
}

/** The fan-outs an edition can have: one process hands over in memory; several need what is outside of them. */
export function fanoutsOf({ pipeline }: Pick<Edition, 'pipeline'>): readonly FanoutKind[] {
  return pipeline === 'store-first' ? ['memory'] : ['kafka', 'redis', 'redis-single']
}

/** The edition with other parts. Redis brings the relay, in a process of its own, that publishes what is in the log. */
export function editionWith(edition: Edition, { fanout = edition.fanout, cache = edition.cache }: Choice): Edition {
  const relays = fanout === 'redis' || fanout === 'redis-single'
  const processes = relays ? [...edition.processes, ['relay'] as const] : edition.processes
  return { ...edition, fanout, cache, processes }
}

/** Whether the edition has a part that needs a Redis. */
export function needsRedis({ fanout, cache }: Pick<Edition, 'fanout' | 'cache'>): boolean {
  return fanout === 'redis' || fanout === 'redis-single' || cache === 'redis'
}
