import { CassandraStore } from './cassandra/store.ts'
import { MongoStore } from './mongo/store.ts'
import { MysqlStore } from './mysql/store.ts'
import { PostgresStore } from './postgres/store.ts'
import { SqliteStore } from './sqlite/store.ts'
import { type Store, StoreError } from './store.ts'

/** Every backend by name. */
const drivers = {
  sqlite: (url: string) => SqliteStore.open(pathOf(url)),
  mongo: (url: string) => MongoStore.open(url),
  mysql: (url: string) => MysqlStore.open(url),
  postgres: (url: string) => PostgresStore.open(url),
  cassandra: (url: string) => CassandraStore.open(url),
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
