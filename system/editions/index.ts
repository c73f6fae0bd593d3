import type { Edition, Knobs } from './edition.ts'

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
}

export const editions = {
  sqlite: {
    name: 'sqlite',
    pipeline: 'store-first',
    store: 'sqlite',
    log: 'none',
    fanout: 'memory',
    processes: [['gateway', 'api']],
    knobs: { ...knobs, lingerMs: 2 },
  },
  mongo: {
    name: 'mongo',
    pipeline: 'log-first',
    store: 'mongo',
    log: 'kafka',
    fanout: 'log',
    processes: [['gateway'], ['persister'], ['api']],
    knobs,
  },
  mysql: {
    name: 'mysql',
    pipeline: 'log-first',
    store: 'mysql',
    log: 'kafka',
    fanout: 'log',
    processes: [['gateway'], ['persister'], ['api']],
    knobs,
  },
  cassandra: {
    name: 'cassandra',
    pipeline: 'log-first',
    store: 'cassandra',
    log: 'kafka',
    fanout: 'log',
    processes: [['gateway'], ['persister'], ['api']],
    // A write is a request a partition, and a partition is a room: the longer rows gather, the fewer requests they are.
    knobs: { ...knobs, persistBatchRows: 5_000, persistBatchMs: 1_000 },
  },
} as const satisfies Record<string, Edition>

export type EditionName = keyof typeof editions
