import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, type Pool as DriverPool, type PoolConnection, type PoolOptions } from 'mysql2/promise'
import { storeClosed } from '../closed.ts'
import { asStoreError, isConflict, NoAnswer } from './errors.ts'

export type Value = string | number | null

/** Statements on one connection. All are prepared, once a connection. */
export interface Statements {
  rows<Row>(sql: string, values?: readonly Value[]): Promise<Row[]>
  /** Resolves to the rows that the statement added, removed or changed; a row set to what it was does not count. */
  change(sql: string, values?: readonly Value[]): Promise<number>
}

const connections = 16
const connectMs = 5_000
/** A connection that says nothing for so long is given up. */
const defaultAnswerMs = 30_000
/** Two processes that write the same batch at once may deadlock more than once. */
const attempts = 10
const closeMs = 5_000

/** Without FOUND_ROWS a repeated row counts as unchanged, which is how repeats are noticed at all. */
const options: PoolOptions = {
  connectionLimit: connections,
  connectTimeout: connectMs,
  charset: 'utf8mb4',
  flags: ['-FOUND_ROWS'],
}

/**
 * The same whatever the server's defaults are. READ COMMITTED: reads see what was committed last, and range locks are
 * not taken. Strict: a value that does not fit is an error, never cut.
 */
const sessionSql = `SET SESSION transaction_isolation = 'READ-COMMITTED',
  sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', innodb_lock_wait_timeout = 10`

/**
 * Connections to one database. Every method rejects with a `StoreError`; what lost a deadlock or waited too long for a
 * lock is repeated first.
 */
export class Pool implements Statements {
  readonly #pool: DriverPool
  readonly #answerMs: number
  readonly #open = new Set<{ destroy(): void }>()
  #closing: Promise<void> | undefined

  constructor(url: string, answerMs = defaultAnswerMs) {
    this.#answerMs = answerMs
    this.#pool = createPool({ ...options, uri: url })
    this.#pool.pool.on('connection', (connection) => {
      this.#open.add(connection)
      for (const event of ['end', 'error']) connection.once(event, () => this.#open.delete(connection))
      // Queued on the connection before its first user's statement.
      connection.query(sessionSql, (error: unknown) => {
        if (error) connection.destroy()
      })
    })
  }

  rows<Row>(sql: string, values: readonly Value[] = []): Promise<Row[]> {
    return this.#withRetries((connection) => on(connection).rows(sql, values))
  }

  /** One statement, committed by itself. */
  change(sql: string, values: readonly Value[] = []): Promise<number> {
    return this.#withRetries((connection) => on(connection).change(sql, values))
  }

  /** Runs `work` in one transaction, all of it again after a conflict. An error of `work` rolls it back and passes. */
  transaction<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    return this.#withRetries(async (connection) => {
      await connection.query('START TRANSACTION')
      const result = await this.#orRollback(connection, () => work(on(connection)))
      await connection.query('COMMIT').catch((error: unknown) => {
        throw asStoreError(error, 'commit')
      })
      return result
    })
  }

  /** Runs `work` with one connection to itself, which is closed afterwards: with it go locks it holds by name. */
  async alone<Result>(work: (statements: Statements) => Promise<Result>): Promise<Result> {
    const connection = await this.#connect()
    try {
      return await work(on(connection))
    } catch (error) {
      throw asStoreError(error, 'work')
    } finally {
      connection.destroy()
    }
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
    for (const connection of this.#open) connection.destroy()
  }

  async #withRetries<Result>(work: (connection: PoolConnection) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#connect()
      try {
        return await inTime(connection, work(connection), this.#answerMs)
      } catch (error) {
        if (!isConflict(error) || attempt === attempts) throw asStoreError(error, 'work')
      } finally {
        connection.release()
      }
      await sleep(Math.random() * 10 * attempt)
    }
  }

  async #connect(): Promise<PoolConnection> {
    if (this.#closing) throw storeClosed()
    try {
      return await this.#pool.getConnection()
    } catch (error) {
      throw this.#closing ? storeClosed() : asStoreError(error, 'connect')
    }
  }

  async #orRollback<Result>(connection: PoolConnection, work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      // A connection on which even that fails is dead, and the server rolls back what it left.
      await connection.query('ROLLBACK').catch(() => connection.destroy())
      throw error
    }
  }
}

function on(connection: PoolConnection): Statements {
  return {
    rows: async <Row>(sql: string, values: readonly Value[] = []) => {
      const [rows] = await connection.execute(sql, [...values])
      return rows as Row[]
    },
    change: async (sql, values = []) => {
      const [result] = await connection.execute(sql, [...values])
      return (result as { affectedRows: number }).affectedRows
    },
  }
}

/** The driver's own limit leaves the connection waiting for the late answer, which would be the next statement's. */
async function inTime<Result>(connection: PoolConnection, work: Promise<Result>, answerMs: number): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      connection.destroy()
      reject(new NoAnswer(`no answer within ${answerMs / 1000} s`))
    }, answerMs)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
