import { gatherIdentities } from './gather-identities.ts'
import type { Session } from './session.ts'

/** The tables of docs/storage-layout.md, each made for the one way it is read. */

/** Rows of one partition of `messages`: 128 Ki of them at 330 bytes are 43 MB. */
const bucketSeqs = 2 ** 17

/** The partition of a room that holds `seq`: a function of it alone, so that every writer agrees without asking. */
export function bucketOf(seq: number): number {
  return Math.floor(seq / bucketSeqs)
}

/**
 * Partitions of the claim tables: a key lies in that of its CRC-32. A claim is a Paxos round, and a round costs nearly the
 * same for one key as for all keys of a partition; so the fewer partitions of identities, the fewer rounds a write.
 */
export const claimShards = { identities: 32, names: 256 } as const

/** What must be there before the lock can be taken. */
export const lockTables = [
  `CREATE TABLE IF NOT EXISTS schema_migrations (scope text, version int, applied_at timestamp,
    PRIMARY KEY (scope, version)) WITH CLUSTERING ORDER BY (version DESC)`,
  'CREATE TABLE IF NOT EXISTS schema_lock (name text PRIMARY KEY, holder text)',
]

export interface Migration {
  readonly version: number
  /** Must be repeatable: a step that died half-way is run again. */
  readonly statements: readonly string[]
  /** Moves what is stored, after the statements; repeatable as they are. */
  readonly move?: (session: Session) => Promise<void>
}

/** Steps are never edited once released: a new version is a new step. */
export const migrations: readonly Migration[] = [
  {
    version: 1,
    statements: [
      `CREATE TABLE IF NOT EXISTS messages (room_id text, bucket bigint, seq bigint, prev_seq bigint, id text,
        sender_id text, nickname text, client_message_id text, type text, body text, file_id text, sent_at_ms double,
        accepted_at_ms bigint, PRIMARY KEY ((room_id, bucket), seq)) WITH CLUSTERING ORDER BY (seq DESC)`,
      `CREATE TABLE IF NOT EXISTS room_buckets (room_id text, bucket bigint, PRIMARY KEY (room_id, bucket))
        WITH CLUSTERING ORDER BY (bucket DESC)`,
      'CREATE TABLE IF NOT EXISTS identities (shard int, key text, holder text, PRIMARY KEY (shard, key))',
      'CREATE TABLE IF NOT EXISTS names (shard int, key text, holder text, PRIMARY KEY (shard, key))',
      `CREATE TABLE IF NOT EXISTS users (id text PRIMARY KEY, login text, email text, nickname text,
        password_hash text, created_at_ms bigint)`,
      'CREATE TABLE IF NOT EXISTS rooms (id text PRIMARY KEY, code text, kind text, name text, created_at_ms bigint)',
      `CREATE TABLE IF NOT EXISTS members (room_id text, user_id text, membership text,
        PRIMARY KEY (room_id, user_id))`,
      'CREATE TABLE IF NOT EXISTS rooms_by_user (user_id text, room_id text, PRIMARY KEY (user_id, room_id))',
      `CREATE TABLE IF NOT EXISTS receipt_marks (room_id text, user_id text, membership text, delivered_seq bigint,
        read_seq bigint, PRIMARY KEY (room_id, user_id, membership))`,
      'CREATE TABLE IF NOT EXISTS refresh_tokens (hash text PRIMARY KEY, user_id text, expires_at_ms bigint)',
      'CREATE TABLE IF NOT EXISTS log_epochs (scope text, epoch int, topic_id text, PRIMARY KEY (scope, epoch))',
    ],
  },
  // Identities lay in 256 partitions.
  { version: 2, statements: [], move: gatherIdentities },
]
