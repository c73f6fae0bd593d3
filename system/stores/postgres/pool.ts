import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client, type ClientConfig, type CustomTypesConfig, Pool as DriverPool, type PoolClient, types } from 'pg'
import { storeClosed } from '../closed.ts'
import { asStoreError, isConflict, NoAnswer } from './errors.ts'
import { textFromStore, textToStore } from './text.ts'

/** A `Buffer` is a parameter in binary form (`arrays.ts`). */
export type Value = string | number | null | Buffer

/** Statements on one connection. All are prepared, once a connection. */
export interface Statements {
  rows<Row>(sql: string, values?: readonly Value[]): Promise<Row[]>
  /** Resolves to the rows that the statement added, removed or changed. */
  change(sql: string, values?: readonly Value[]): Promise<number>
}

const connections = 16
const connectMs = 5_000
/** A connection that says nothing for so long is given up. */
const defaultAnswerMs = 30_000
/** Two processes that write the same batch at once may deadlock more than once. */
const attempts = 10
const closeMs = 5_000

/** `bigint` holds times, seqs and counts: safe integers all of them. */
const parsers = new Map<number, (text: string) => unknown>([
  [types.builtins.INT8, Number],
  [types.builtins.TEXT, textFromStore],
])
const ownTypes: CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && parsers.get(oid)) || types.getTypeParser(oid, format as 'text'),
}

/** The pool's own limit would count the wait for a free connection too. */
class TimelyClient extends Client {
  constructor(config?: ClientConfig) {
    super({ ...config, connectionTimeoutMillis: connectMs })
  }
}

/**
 * The same whatever the server's defaults are. READ COMMITTED: a statement sees what was committed before it. Every read
 * here is a range of an index. Where the planner knows nothing of a table yet it takes a room for a few rows, reads all
 * of it and sorts; so walks through a table and bitmaps, which have no order, are put off.
 */
const sessionSql = `SET default_transaction_isolation = 'read committed'; SET lock_timeout = '10s';
  SET enable_seqscan = off; SET enable_bitmapscan = off`

/**
 * Connections to one database. Every method rejects with a `StoreError`; what lost a deadlock or waited too long for a
 * lock is repeated first.
 */
export class Pool implements Statements {
  readonly #pool: DriverPool
  readonly #answerMs: number
  readonly #open = new Set<PoolClient>()
  #closing: Promise<void> | undefined

  constructor(url: string, answerMs = defaultAnswerMs) {
    this.#answerMs = answerMs
    this.#pool = new DriverPool({
      connectionString: url,
      Client: TimelyClient,
      max: connections,
      idleTimeoutMillis: 0,
      keepAlive: true,
      types: ownTypes,
      onConnect: async (client) => void (await client.query(sessionSql)),
    })
    // A connection that breaks while nobody uses it is replaced.
    this.#pool.on('error', () => undefined)
    this.#pool.on('connect', (client) => {
      this.#open.add(client)
      // The statement under way is told; an event without a listener would end the process.
      client.on('error', () => undefined)
    })
    this.#pool.on('remove', (client) => this.#open.delete(client))
  }

  rows<Row>(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    return this.#withRetries((client) => on(client).rows(sql, values))
  }

  /** One statement, committed by itself. */
  change(sql: string, values: readonly Value[] = []): Promise<number> {
    return this.#withRetries((client) => on(client).change(sql, values))
  }

  /** Runs `work` in one transaction, all of it again after a conflict. An error of `work` rolls it back and passes. */
  transaction<Result>(work: (statements: Statements) => Promise<Result>, answerMs = this.#answerMs): Promise<Result> {
    return this.#withRetries(async (client) => {
      await client.query('BEGIN')
      const result = await orRollback(client, () => work(on(client)))
      await client.query('COMMIT').catch((error: unknown) => {
        throw isConflict(error) ? error : asStoreError(error, 'commit')
      })
      return result
    }, answerMs)
  }

  /** Lets what is under way finish, for some seconds; then its connections are cut. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    const enough = new AbortController()
    const late = sleep(closeMs, undefined, { signal: enough.signal })
    await Promise.race([this.#pool.end(), late]).finally(() => enough.abort())
    for (const client of this.#open) void (client as unknown as Client).end().catch(() => undefined)
  }

  async #withRetries<Result>(
    work: (client: PoolClient) => Promise<Result>,
    answerMs = this.#answerMs,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const client = await this.#connect()
      let late = false
      try {
        return await inTime(work(client), answerMs)
      } catch (error) {
        late = error instanceof NoAnswer
        if (!isConflict(error) || attempt === attempts) throw asStoreError(error, 'work')
      } finally {
        // Kept, it would give its late answer to the next statement.
        client.release(late)
      }
      await sleep(Math.random() * 10 * attempt)
    }
  }

  async #connect(): Promise<PoolClient> {
    if (this.#closing) throw storeClosed()
    try {
      return await this.#pool.connect()
    } catch (error) {
      throw this.#closing ? storeClosed() : asStoreError(error, 'connect')
    }
  }
}

async function orRollback<Result>(client: PoolClient, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    // A connection on which even that fails is dead, and the server rolls back what it left.
    await client.query('ROLLBACK').catch(() => undefined)
    throw error
  }
}

function on(client: PoolClient): Statements {
  const run = (sql: string, values: readonly Value[]) =>
    client.query({ name: nameOf(sql), text: sql, values: values.map(toStore) })
  return {
    rows: async <Row>(sql: string, values: readonly Value[] = []) => (await run(sql, values)).rows as Row[],
    change: async (sql, values = []) => (await run(sql, values)).rowCount ?? 0,
  }
}

const toStore = (value: Value): Value => (typeof value === 'string' ? textToStore(value) : value)

const names = new Map<string, string>()

/** A statement is prepared under its own digest: the same name is the same text, in every process. */
function nameOf(sql: string): string {
  const known = names.get(sql)
  if (known !== undefined) return known
  const name = `chat_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`
  names.set(sql, name)
  return name
}

async function inTime<Result>(work: Promise<Result>, answerMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${answerMs / 1000} s`)), answerMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
