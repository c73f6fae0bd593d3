import { Client, escapeIdentifier } from 'pg'
import type { EngineIdentity } from '../../protocol/identity.ts'
import type { ChatMessage } from '../../protocol/message.ts'
import type { Directory } from '../directory.ts'
import { type DraftOutcome, type Store, StoreError, type StoreGuarantees } from '../store.ts'
import { DirectoryTables } from './directory.ts'
import { asStoreError, isDatabaseThere, isDuplicate, isNoDatabase } from './errors.ts'
import { askEngine } from './identity.ts'
import { MessageTable } from './messages.ts'
import { migrate } from './migrations.ts'
import { Pool } from './pool.ts'

/**
 * PostgreSQL, or a server of its protocol. It gives no seq: the editions that use it decide places in the log.
 */
export class PostgresStore implements Store {
  readonly guarantees: StoreGuarantees
  readonly schemaVersion: number
  readonly directory: Directory
  readonly #pool: Pool
  readonly #messages: MessageTable

  /** The database is the URL's path, and is created where it is missing. Rejects with a `StoreError`. */
  static async open(url: string): Promise<PostgresStore> {
    await ensureDatabase(url)
    const pool = new Pool(url)
    try {
      const schemaVersion = await migrate(pool)
      const { fsyncs } = await askEngine(pool)
      return new PostgresStore(pool, schemaVersion, fsyncs ? 'fsync' : 'os-buffer')
    } catch (error) {
      await pool.close()
      throw error
    }
  }

  private constructor(pool: Pool, schemaVersion: number, durability: StoreGuarantees['durability']) {
    this.#pool = pool
    this.schemaVersion = schemaVersion
    this.guarantees = { durability, secondWrite: 'refuses', assignsSeq: false, multiProcess: true }
    this.#messages = new MessageTable(pool)
    this.directory = new DirectoryTables(pool)
  }

  async identity(): Promise<EngineIdentity> {
    return (await askEngine(this.#pool)).identity
  }

  appendDrafts(): Promise<readonly DraftOutcome[]> {
    return Promise.reject(
      new StoreError('STORE-REFUSED', 'This store gives no seq; use a log-first edition with it.', {
        effect: 'definite',
        retryable: false,
      }),
    )
  }

  appendMessages(messages: readonly ChatMessage[]): Promise<{ readonly refused: readonly ChatMessage[] }> {
    return this.#messages.append(messages)
  }

  readBefore(roomId: string, beforeSeq: number | undefined, limit: number): Promise<ChatMessage[]> {
    return this.#messages.readBefore(roomId, beforeSeq, limit)
  }

  readAfter(roomId: string, afterSeq: number, limit: number): Promise<ChatMessage[]> {
    return this.#messages.readAfter(roomId, afterSeq, limit)
  }

  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): Promise<number[]> {
    return this.#messages.lastSeqs(positions)
  }

  /** The unique key on `epoch` decides between two that ask at once; the loser looks again. */
  async logEpoch(topicId: string): Promise<number> {
    const next = 'INSERT INTO log_epoch (topic_id, epoch) SELECT $1, COALESCE(MAX(epoch), 0) + 1 FROM log_epoch'
    for (;;) {
      const sql = 'SELECT epoch FROM log_epoch WHERE topic_id = $1'
      const [known] = await this.#pool.rows<{ epoch: number }>(sql, [topicId])
      if (known) return known.epoch
      await this.#pool.change(next, [topicId]).catch((error: Error) => {
        if (!isDuplicate(error.cause)) throw error
      })
    }
  }

  async ping(): Promise<void> {
    await this.#pool.rows('SELECT 1')
  }

  close(): Promise<void> {
    return this.#pool.close()
  }
}

/** Asks for the database first: a user who may not create any can use one that is there. */
async function ensureDatabase(url: string): Promise<void> {
  const name = databaseOf(url)
  try {
    await onDatabase(url, name, 'SELECT 1').catch(async (error: unknown) => {
      if (!isNoDatabase(error)) throw error
      const locale = `ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`
      await onDatabase(url, 'postgres', `CREATE DATABASE ${escapeIdentifier(name)} ${locale}`)
    })
  } catch (error) {
    if (!isDatabaseThere(error)) throw asStoreError(error, 'connect')
  }
}

async function onDatabase(url: string, database: string, sql: string): Promise<void> {
  const address = Object.assign(new URL(url), { pathname: `/${encodeURIComponent(database)}` })
  const client = new Client({ connectionString: address.href, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/** The address is not repeated in errors: it may hold a password. */
function databaseOf(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const name = decodeURIComponent(parsed?.pathname.slice(1) ?? '')
  if (/^postgres(ql)?:$/.test(parsed?.protocol ?? '') && name !== '') return name
  throw new StoreError(
    'STORE-UNREACHABLE',
    'The PostgreSQL address cannot be read: write postgres://<host>/<database>.',
    {
      effect: 'definite',
      retryable: false,
    },
  )
}
