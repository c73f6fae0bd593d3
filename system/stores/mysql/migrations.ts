import { createHash } from 'node:crypto'
import { StoreError } from '../store.ts'
import { isNoTable } from './errors.ts'
import type { Pool, Statements } from './pool.ts'

interface Migration {
  readonly version: number
  /** Must be repeatable: MySQL commits each statement that changes a schema, so a step may have died half-way. */
  readonly statements: readonly string[]
}

/**
 * Bytes decide whether two ids, identities or names are equal: neither case nor accents nor trailing spaces are
 * ignored (`_bin`; `0900` collations do not pad), and ids order as their bytes do.
 */
const options = 'ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin'

/** Steps are never edited once released: a new version is a new step. The layout is told in docs/storage-layout.md. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    statements: [
      `CREATE TABLE IF NOT EXISTS message (
        room_id VARCHAR(64) NOT NULL, seq BIGINT NOT NULL, prev_seq BIGINT NOT NULL, id VARCHAR(64) NOT NULL,
        sender_id VARCHAR(64) NOT NULL, nickname VARCHAR(64) NOT NULL, client_message_id VARCHAR(64) NOT NULL,
        type VARCHAR(16) NOT NULL, body MEDIUMTEXT NOT NULL, file_id VARCHAR(64), sent_at_ms BIGINT,
        accepted_at_ms BIGINT NOT NULL,
        PRIMARY KEY (room_id, seq), UNIQUE KEY identity (sender_id, client_message_id)
      ) ${options}`,
      `CREATE TABLE IF NOT EXISTS user (
        id VARCHAR(64) NOT NULL PRIMARY KEY, login VARCHAR(64) NOT NULL, email VARCHAR(254) NOT NULL,
        nickname VARCHAR(64) NOT NULL, password_hash VARCHAR(255) NOT NULL, created_at_ms BIGINT NOT NULL,
        UNIQUE KEY login (login), UNIQUE KEY email (email), UNIQUE KEY nickname (nickname)
      ) ${options}`,
      `CREATE TABLE IF NOT EXISTS room (
        id VARCHAR(64) NOT NULL PRIMARY KEY, code VARCHAR(64) NOT NULL, kind VARCHAR(16) NOT NULL, name VARCHAR(128),
        created_at_ms BIGINT NOT NULL, direct_pair VARCHAR(129),
        UNIQUE KEY code (code), UNIQUE KEY direct_pair (direct_pair)
      ) ${options}`,
      `CREATE TABLE IF NOT EXISTS membership (
        room_id VARCHAR(64) NOT NULL, user_id VARCHAR(64) NOT NULL, last_delivered_seq BIGINT NOT NULL DEFAULT 0,
        last_read_seq BIGINT NOT NULL DEFAULT 0,
        PRIMARY KEY (room_id, user_id), KEY user (user_id, room_id)
      ) ${options}`,
      `CREATE TABLE IF NOT EXISTS log_epoch (
        topic_id VARCHAR(64) NOT NULL PRIMARY KEY, epoch BIGINT NOT NULL, UNIQUE KEY epoch (epoch)
      ) ${options}`,
      `CREATE TABLE IF NOT EXISTS refresh_token (
        hash VARCHAR(128) NOT NULL PRIMARY KEY, user_id VARCHAR(64) NOT NULL, expires_at_ms BIGINT NOT NULL,
        KEY expiry (expires_at_ms)
      ) ${options}`,
    ],
  },
]

const lockSeconds = 60

/**
 * Brings the database to the newest known version and returns it. Of several processes that open at once one migrates
 * and the others wait. A version newer than the newest known is refused and left untouched.
 */
export async function migrate(pool: Pool, steps: readonly Migration[] = migrations): Promise<number> {
  const newest = steps.at(-1)!.version
  if ((await versionOf(pool)) === newest) return newest
  return pool.alone(async (statements) => {
    await takeLock(statements)
    const current = await versionOf(statements)
    if (current > newest) throw tooNew(current, newest)
    await statements.change(
      `CREATE TABLE IF NOT EXISTS schema_migration (version INT NOT NULL PRIMARY KEY, applied_at_ms BIGINT NOT NULL)
        ${options}`,
    )
    for (const step of steps.filter((candidate) => candidate.version > current)) {
      for (const statement of step.statements) await statements.change(statement)
      await statements.change('INSERT INTO schema_migration VALUES (?, ?)', [step.version, Date.now()])
    }
    return newest
  })
}

async function versionOf(statements: Statements): Promise<number> {
  try {
    const sql = 'SELECT COALESCE(MAX(version), 0) AS version FROM schema_migration'
    const [row] = await statements.rows<{ version: number }>(sql)
    return row!.version
  } catch (error) {
    if (isNoTable(error instanceof StoreError ? error.cause : error)) return 0
    throw error
  }
}

/** A lock by name is the whole server's, so the name holds the database's; it goes with the connection. */
async function takeLock(statements: Statements): Promise<void> {
  const [named] = await statements.rows<{ name: string }>('SELECT DATABASE() AS name')
  const name = `chat_schema_${createHash('sha256').update(named!.name).digest('hex').slice(0, 40)}`
  const [taken] = await statements.rows<{ taken: number }>('SELECT GET_LOCK(?, ?) AS taken', [name, lockSeconds])
  if (taken?.taken === 1) return
  throw new StoreError('STORE-TIMEOUT', `Another process has been migrating this store for ${lockSeconds} s.`, {
    effect: 'definite',
    retryable: true,
  })
}

function tooNew(found: number, newest: number): StoreError {
  return new StoreError(
    'STORE-SCHEMA',
    `The store has schema version ${found}, this program knows up to ${newest}; use a newer program or another store.`,
    { effect: 'definite', retryable: false },
  )
}
