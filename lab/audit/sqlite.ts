import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import type { StoredRow, StoreReader } from './reader.ts'

const pageRows = 4_000
const busyTimeoutMs = 5_000

/**
 * Reads the `message` table through a read-only connection of its own, page after page by the primary key: no page
 * holds a snapshot for long, so the writer's log can be folded back meanwhile.
 */
export function openSqliteReader(url: string): StoreReader {
  const db = new DatabaseSync(url.replace(/^sqlite:/, ''), { readOnly: true, timeout: busyTimeoutMs })
  const page = db.prepare(`SELECT room_id, seq, client_message_id, body FROM message
    WHERE (room_id, seq) > (?, ?) ORDER BY room_id, seq LIMIT ${pageRows}`)

  async function read(onRows: (rows: readonly StoredRow[]) => void, signal: AbortSignal): Promise<{ rows: number }> {
    let rows = 0
    for (let after: [string, number] = ['', 0]; ; ) {
      signal.throwIfAborted()
      const found = page.all(...after)
      if (found.length > 0) onRows(found.map(storedRow))
      rows += found.length
      if (found.length < pageRows) return { rows }
      const last = found.at(-1)!
      after = [last.room_id as string, last.seq as number]
      await nextTurn()
    }
  }

  return { name: 'SQLite file, read-only connection', read, close: async () => db.close() }
}

function storedRow(row: Record<string, unknown>): StoredRow {
  return {
    roomId: row.room_id as string,
    seq: row.seq as number,
    clientMessageId: row.client_message_id as string,
    bodyCrc32: crc32(row.body as string),
  }
}
