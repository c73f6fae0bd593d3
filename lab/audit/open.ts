import { openCassandraReader } from './cassandra.ts'
import { openMongoReader } from './mongo.ts'
import { openMysqlReader } from './mysql.ts'
import { openPostgresReader } from './postgres.ts'
import type { StoreReader } from './reader.ts'
import { openSqliteReader } from './sqlite.ts'

/** One reader a backend, by the name the editions give it. */
const readers = {
  sqlite: async (url: string) => openSqliteReader(url),
  mongo: openMongoReader,
  mysql: openMysqlReader,
  postgres: openPostgresReader,
  cassandra: openCassandraReader,
} as const satisfies Record<string, (url: string) => Promise<StoreReader>>

export type AuditBackend = keyof typeof readers

/** Opens the store for the audit. The URL is the one the system was given. Rejects with the driver's error. */
export function openReader(backend: AuditBackend, url: string): Promise<StoreReader> {
  return readers[backend](url)
}
