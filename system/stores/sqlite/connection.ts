import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { asStoreError, isBusy } from './errors.ts'

/** SQLite's own wait for a lock: short, for it blocks the thread; `lane.ts` goes on waiting without blocking. */
const busyTimeoutMs = 20
/** Pages of the write-ahead log (4 KiB each) before it is copied into the file; each copy costs two more fsyncs. */
const checkpointPages = 4_000
const cacheKib = 65_536

/** One connection that commits with fsync (`synchronous=FULL` in WAL mode: one fsync of the log a commit). */
export class Connection {
  readonly db: DatabaseSync
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #dataVersion: StatementSync

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true })
    this.db = new DatabaseSync(file, { timeout: busyTimeoutMs })
    try {
      this.db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA temp_store=MEMORY;
        PRAGMA wal_autocheckpoint=${checkpointPages}; PRAGMA cache_size=-${cacheKib};`)
      this.#begin = this.db.prepare('BEGIN IMMEDIATE')
      this.#commit = this.db.prepare('COMMIT')
      this.#dataVersion = this.db.prepare('PRAGMA data_version')
    } catch (error) {
      this.db.close()
      throw error
    }
  }

  /**
   * Runs `work` in one write transaction. The lock is taken first, so `work` never meets a busy error.
   * A rejected COMMIT other than busy is indefinite: SQLite cannot tell whether the log reached the disk.
   */
  transaction<T>(work: () => T): T {
    this.#begin.run()
    let result: T
    try {
      result = work()
    } catch (error) {
      this.#rollback()
      throw error
    }
    try {
      this.#commit.run()
    } catch (error) {
      this.#rollback()
      throw isBusy(error) ? error : asStoreError(error, 'indefinite')
    }
    return result
  }

  /** Changes when another connection has written; writes of this one do not count. */
  dataVersion(): number {
    return (this.#dataVersion.get() as { data_version: number }).data_version
  }

  close(): void {
    this.db.close()
  }

  /** SQLite rolls back by itself on some errors; a second ROLLBACK would hide the first error. */
  #rollback(): void {
    if (this.db.isTransaction) this.db.exec('ROLLBACK')
  }
}
