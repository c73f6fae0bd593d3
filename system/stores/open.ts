import { type Store, StoreError } from './store.ts'

/** Every backend by name. Loaded when it is opened: a process needs one, and each driver costs a start 0.1 to 0.2 s of CPU. */
const drivers = {
  sqlite: async (url: string) => (await import('./sqlite/store.ts')).SqliteStore.open(pathOf(url)),
  mongo: async (url: string) => (await import('./mongo/store.ts')).MongoStore.open(url),
  mysql: async (url: string) => (await import('./mysql/store.ts')).MysqlStore.open(url),
  postgres: async (url: string) => (await import('./postgres/store.ts')).PostgresStore.open(url),
  cassandra: async (url: string) => (await import('./cassandra/store.ts')).CassandraStore.open(url),
} as const satisfies Record<string, (url: string) => Promise<Store>>

export type StoreKind = keyof typeof drivers

/**
 * Opens the store at `url` (`sqlite:<file>`, `mongodb://.../<database>`, `mysql://.../<database>`,
 * `postgres://.../<database>`, `cassandra://.../<keyspace>`), creating and migrating what is missing.
 * Rejects with a `StoreError`: STORE-UNREACHABLE, or STORE-SCHEMA when it was written by a newer program.
 */
export async function openStore(kind: StoreKind, url: string): Promise<Store> {
  return await drivers[kind](url)
}

function pathOf(url: string): string {
  const file = url.startsWith('sqlite:') ? url.slice('sqlite:'.length) : ''
  if (file) return file
  throw new StoreError('STORE-UNREACHABLE', `The address ${url} names no SQLite file; write sqlite:<file>.`, {
    effect: 'definite',
    retryable: false,
  })
}
