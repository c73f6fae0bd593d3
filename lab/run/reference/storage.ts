import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { Client, escapeIdentifier } from 'pg'
import type { DataVolume, Session } from '../../../compose/component.ts'
import type { Edition } from '../../../system/editions/edition.ts'
import { diskUsage } from '../../measure/diskUsage.ts'
import type { RunningTarget } from '../target.ts'
import type { Engines } from './engines.ts'

/** What the lab knows of how an engine keeps its files. */
export interface EngineFiles {
  /** Paths of the write-ahead log below the data folder or in the volume: configuration sets its size, and it is used again. */
  readonly journal: RegExp
  /**
   * The engine's own compaction, for the database at that address. Rejects with the driver's error. Absent where the
   * engine is asked for it in another way (`RunningComponent.compact`).
   */
  readonly compact?: (url: string) => Promise<void>
  /** What is stored is in no file but the journal until the engine is told to write it: without that, files say nothing. */
  readonly needsSettling?: boolean
}

/** By backend. */
export const engineFiles: Readonly<Record<Edition['store'], EngineFiles>> = {
  sqlite: {
    journal: /-(wal|shm)$/,
    compact: async (url) => {
      const database = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 5_000 })
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
      } finally {
        database.close()
      }
    },
  },
  mongo: {
    // PostgreSQL's below FerretDB, and mongod's.
    journal: /^(pg\/pg_wal|journal)(\/|$)/,
    compact: async (url) => {
      const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 })
      try {
        for (const { name } of await client.db().listCollections().toArray())
          await client.db().command({ compact: name })
      } finally {
        await client.close()
      }
    },
  },
  mysql: {
    journal: /^(data\/)?(#innodb_redo(\/|$)|#ib_\d+_\d+\.b?dblwr$)/,
    compact: async (url) => {
      const connection = await createConnection({ uri: url, connectTimeout: 5_000 })
      try {
        const [tables] = await connection.query<RowDataPacket[]>('SHOW TABLES')
        for (const table of tables) await connection.query('OPTIMIZE TABLE ??', [Object.values(table)[0]])
      } finally {
        connection.destroy()
      }
    },
  },
  postgres: {
    // Natively in the folder `pg`, in a volume in one of its major version.
    journal: /(^|\/)pg_wal(\/|$)/,
    // What gives space back, as MySQL's OPTIMIZE TABLE does: tables and indexes are written anew, the old files go.
    compact: async (url) => {
      const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
      client.on('error', () => {})
      try {
        await client.connect()
        // Its own tables, each by itself: the catalogue is no part of what a message costs.
        const { rows } = await client.query<{ tablename: string }>(
          'SELECT tablename FROM pg_tables WHERE schemaname = current_schema()',
        )
        for (const { tablename } of rows) await client.query(`VACUUM (FULL) ${escapeIdentifier(tablename)}`)
      } finally {
        await client.end()
      }
    },
  },
  cassandra: { journal: /^commitlog(\/|$)/, needsSettling: true },
}

/** Of the store of these engines; undefined where it is not ours to measure. `processes`: what an embedded one lives in. */
export function storageOf(
  session: Session,
  { store: kind }: Edition,
  { store, storeUrl }: Engines,
  processes: readonly string[],
): RunningTarget['storage'] {
  const { journal, compact } = engineFiles[kind]
  if (store?.volume !== undefined) return volumeStorage(store.volume, engineFiles[kind], store.name, storeUrl)
  if (store?.origin === 'given') return undefined
  const settle = async () => (kind === 'sqlite' ? checkpointSqlite(storeUrl) : await store?.settle?.())
  return {
    groups: store === null ? processes : [store.name],
    measure: async () => {
      await settle()
      return diskUsage(join(session.dataDir, kind), journal)
    },
    compact: compact ? () => compact(storeUrl) : store?.compact && (() => store.compact!(databaseOf(storeUrl))),
  }
}

/** A store in a container, for the database at `url`, or why it is not measured. `group`: what accounts for its processes. */
export function volumeStorage(
  volume: DataVolume,
  { journal, compact, needsSettling }: EngineFiles,
  group: string,
  url: string,
): NonNullable<RunningTarget['storage']> {
  if (needsSettling && volume.settle === undefined)
    return { obstacle: `no command of its image has ${group} write what it holds in memory to its files` }
  return {
    groups: [group],
    measure: async () => {
      await volume.settle?.()
      return volume.usage(journal)
    },
    compact: compact ? () => compact(url) : volume.compact && (() => volume.compact!(databaseOf(url))),
  }
}

export const databaseOf = (url: string): string => new URL(url).pathname.slice(1)

/** Copies the write-ahead log into the file, as far as readers let it. */
export function checkpointSqlite(url: string): void {
  const database = new DatabaseSync(url.slice('sqlite:'.length), { timeout: 1_000 })
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    database.close()
  }
}
