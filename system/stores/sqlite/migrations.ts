import type { DatabaseSync } from 'node:sqlite'
import { StoreError } from '../store.ts'
import type { Connection } from './connection.ts'

interface Migration {
  readonly version: number
  readonly apply: (db: DatabaseSync) => void
}

/** Steps are never edited once released: a new version is a new step. The layout is told in docs/storage-layout.md. */
export const migrations: readonly Migration[] = [
  { version: 1, apply: (db) => db.exec(firstSchema) },
  { version: 2, apply: (db) => db.exec(directPairs) },
]

const firstSchema = `
CREATE TABLE user (
  id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE, nickname TEXT NOT NULL UNIQUE,
  password_hash TEXT NOT NULL, created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE room (
  id TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, name TEXT, created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE membership (
  room_id TEXT NOT NULL, user_id TEXT NOT NULL,
  last_delivered_seq INTEGER NOT NULL DEFAULT 0, last_read_seq INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (room_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_by_user ON membership (user_id, room_id);
CREATE TABLE room_counter (room_id TEXT PRIMARY KEY, last_seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE message (
  room_id TEXT NOT NULL, seq INTEGER NOT NULL, prev_seq INTEGER NOT NULL, id TEXT NOT NULL,
  sender_id TEXT NOT NULL, nickname TEXT NOT NULL, client_message_id TEXT NOT NULL, type TEXT NOT NULL,
  body TEXT NOT NULL, file_id TEXT, sent_at_ms REAL, accepted_at_ms INTEGER NOT NULL,
  PRIMARY KEY (room_id, seq)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX message_identity ON message (sender_id, client_message_id);
CREATE TABLE log_epoch (topic_id TEXT PRIMARY KEY, epoch INTEGER NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE refresh_token (
  hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, expires_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_token_by_expiry ON refresh_token (expires_at_ms);
`

/** Version 1 let two direct rooms of one pair exist; of such rooms the oldest keeps the pair. */
const directPairs = `
ALTER TABLE room ADD COLUMN direct_pair TEXT;
UPDATE room SET direct_pair = found.pair FROM (
  SELECT min(id) AS id, pair FROM (
    SELECT r.id AS id, min(m.user_id) || '+' || max(m.user_id) AS pair
    FROM room r JOIN membership m ON m.room_id = r.id WHERE r.kind = 'direct'
    GROUP BY r.id HAVING count(*) = 2
  ) GROUP BY pair
) AS found WHERE room.id = found.id;
CREATE UNIQUE INDEX room_direct_pair ON room (direct_pair);
`

/**
 * Brings the file to the newest known version and returns it. Safe when several processes open at once: what is
 * missing is decided under the write lock. A version newer than the newest known is refused and left untouched.
 */
export function migrate(connection: Connection, steps: readonly Migration[] = migrations): number {
  const newest = steps.at(-1)!.version
  const found = versionOf(connection.db)
  if (found === newest) return newest
  return connection.transaction(() => {
    connection.db.exec(
      'CREATE TABLE IF NOT EXISTS schema_migration (version INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT',
    )
    const current = versionOf(connection.db)
    if (current > newest) throw tooNew(current, newest)
    const note = connection.db.prepare('INSERT INTO schema_migration VALUES (?, ?)')
    for (const step of steps.filter((candidate) => candidate.version > current)) {
      step.apply(connection.db)
      note.run(step.version, Date.now())
    }
    return newest
  })
}

function versionOf(db: DatabaseSync): number {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migration'").get()
  if (!table) return 0
  return (db.prepare('SELECT coalesce(max(version), 0) AS version FROM schema_migration').get() as { version: number })
    .version
}

function tooNew(found: number, newest: number): StoreError {
  return new StoreError(
    'STORE-SCHEMA',
    `The store has schema version ${found}, this program knows up to ${newest}; use a newer program or another store.`,
    { effect: 'definite', retryable: false },
  )
}
