import { crc32 } from 'node:zlib'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import type { StoredRow, StoreReader } from './reader.ts'

const pageRows = 4_000
const connectMs = 10_000
const pageMs = 60_000

/** A comparison of rows, `(room_id, seq) > (?, ?)`, would walk the whole table for each page. */
const pageSql = `SELECT room_id, seq, client_message_id, body FROM message
  WHERE room_id > ? OR (room_id = ? AND seq > ?) ORDER BY room_id, seq LIMIT ${pageRows}`

/**
 * Reads the `message` table page after page by the primary key, which is the table itself in InnoDB: no secondary index
 * is asked, and no page holds a snapshot for long, so old row versions can go meanwhile.
 */
export async function openMysqlReader(url: string): Promise<StoreReader> {
  const connection = await createConnection({ uri: url, connectTimeout: connectMs, charset: 'utf8mb4' })
  await connection.query("SET SESSION transaction_isolation = 'READ-COMMITTED'")

  async function read(onRows: (rows: readonly StoredRow[]) => void, signal: AbortSignal): Promise<{ rows: number }> {
    let rows = 0
    for (let after: [string, number] = ['', 0]; ; ) {
      signal.throwIfAborted()
      const values = [after[0], ...after]
      const [found] = await connection.query<RowDataPacket[]>({ sql: pageSql, values, timeout: pageMs })
      if (found.length > 0) onRows(found.map(storedRow))
      rows += found.length
      if (found.length < pageRows) return { rows }
      const last = found.at(-1)!
      after = [last.room_id, last.seq]
    }
  }

  return { name: 'mysql2 driver, by primary key', read, close: async () => connection.destroy() }
}

function storedRow(row: RowDataPacket): StoredRow {
  return {
    roomId: row.room_id,
    seq: row.seq,
    clientMessageId: row.client_message_id,
    bodyCrc32: crc32(row.body as string),
  }
}
