import { StoreError } from '../store.ts'
import type { Pool, Statements } from './pool.ts'

interface Migration {
  readonly version: number
  readonly statements: readonly string[]
}

/** Bytes decide whether two ids, identities or names are equal, and in which order they come. */
const text = 'text COLLATE "C"'

/** Steps are never edited once released: a new version is a new step. The layout is told in docs/storage-layout.md. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    statements: [
      `CREATE TABLE message (
        seq bigint NOT NULL, prev_seq bigint NOT NULL, accepted_at_ms bigint NOT NULL, sent_at_ms double precision,
        room_id ${text} NOT NULL, id ${text} NOT NULL, sender_id ${text} NOT NULL, nickname ${text} NOT NULL,
        client_message_id ${text} NOT NULL, type ${text} NOT NULL, body ${text} NOT NULL, file_id ${text},
        PRIMARY KEY (room_id, seq), CONSTRAINT message_identity UNIQUE (sender_id, client_message_id)
      )`,
      `CREATE TABLE chat_user (
        created_at_ms bigint NOT NULL, id ${text} PRIMARY KEY, login ${text} NOT NULL UNIQUE,
        email ${text} NOT NULL UNIQUE, nickname ${text} NOT NULL UNIQUE, password_hash ${text} NOT NULL
      )`,
      `CREATE TABLE room (
        created_at_ms bigint NOT NULL, id ${text} PRIMARY KEY, code ${text} NOT NULL UNIQUE, kind ${text} NOT NULL,
        name ${text}, direct_pair ${text} UNIQUE
      )`,
      `CREATE TABLE membership (
        last_delivered_seq bigint NOT NULL DEFAULT 0, last_read_seq bigint NOT NULL DEFAULT 0,
        room_id ${text} NOT NULL, user_id ${text} NOT NULL, PRIMARY KEY (room_id, user_id)
      )`,
      'CREATE INDEX membership_by_user ON membership (user_id, room_id)',
      `CREATE TABLE log_epoch (epoch bigint NOT NULL UNIQUE, topic_id ${text} PRIMARY KEY)`,
      `CREATE TABLE refresh_token (expires_at_ms bigint NOT NULL, hash ${text} PRIMARY KEY, user_id ${text} NOT NULL)`,
      'CREATE INDEX refresh_token_by_expiry ON refresh_token (expires_at_ms)',
    ],
  },
]

/** Any number that nobody else takes; such locks are a database's own. */
const lock = 4_846_120_791
const lockSeconds = 60

/**
 * Brings the database to the newest known version and returns it. All steps are one transaction: a process that dies in
 * it leaves nothing. Of several that open at once one migrates and the others wait. A version newer than the newest
 * known is refused and left untouched.
 */
export async function migrate(pool: Pool, steps: readonly Migration[] = migrations): Promise<number> {
  const newest = steps.at(-1)!.version
  if ((await versionOf(pool)) === newest) return newest
  return pool.transaction(
    async (statements) => {
      await statements.change(`SET LOCAL lock_timeout = '${lockSeconds}s'`)
      await statements.rows(`SELECT 1 FROM pg_advisory_xact_lock(${lock})`)
      const current = await versionOf(statements)
      if (current > newest) throw tooNew(current, newest)
      await statements.change(
        'CREATE TABLE IF NOT EXISTS schema_migration (version integer PRIMARY KEY, applied_at_ms bigint NOT NULL)',
      )
      for (const step of steps.filter((candidate) => candidate.version > current)) {
        for (const statement of step.statements) await statements.change(statement)
        await statements.change('INSERT INTO schema_migration VALUES ($1, $2)', [step.version, Date.now()])
      }
      return newest
    },
    2 * lockSeconds * 1_000,
  )
}

/**
 * A table that is not there must be no error: it would end the transaction. Asked of the catalogue itself: `to_regclass`
 * remembers from before the lock that the table was not there.
 */
async function versionOf(statements: Statements): Promise<number> {
  const there = "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_migration'"
  if ((await statements.rows(there)).length === 0) return 0
  const sql = 'SELECT COALESCE(MAX(version), 0) AS version FROM schema_migration'
  const [row] = await statements.rows<{ version: number }>(sql)
  return row!.version
}

function tooNew(found: number, newest: number): StoreError {
  return new StoreError(
    'STORE-SCHEMA',
    `The store has schema version ${found}, this program knows up to ${newest}; use a newer program or another store.`,
    { effect: 'definite', retryable: false },
  )
}
