import { crc32 } from 'node:zlib'
import { Client } from 'pg'
import type { StoredRow, StoreReader } from './reader.ts'

const pageRows = 4_000
const connectMs = 10_000
const pageMs = 60_000

const pageSql = `SELECT room_id, seq, client_message_id, body FROM message
  WHERE (room_id, seq) > ($1, $2::bigint) ORDER BY room_id, seq LIMIT ${pageRows}`

interface Row {
  readonly room_id: string
  /** As the driver gives a `bigint`. */
  readonly seq: string
  readonly client_message_id: string
  readonly body: string
}

/** Reads the `message` table page after page by the primary key. No page holds a snapshot for long. */
export async function openPostgresReader(url: string): Promise<StoreReader> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: connectMs, query_timeout: pageMs })
  // What breaks between two pages is told by the next one.
  client.on('error', () => undefined)
  await client.connect()
  await client.query("SET default_transaction_isolation = 'read committed'")
  // Before the first ANALYZE the planner would read and sort the whole table for a page.
  await client.query('SET enable_seqscan = off; SET enable_bitmapscan = off')

  async function read(onRows: (rows: readonly StoredRow[]) => void, signal: AbortSignal): Promise<{ rows: number }> {
    let rows = 0
    for (let after: [string, string] = ['', '0']; ; ) {
      signal.throwIfAborted()
      const { rows: found } = await client.query<Row>(pageSql, after)
      if (found.length > 0) onRows(found.map(storedRow))
      rows += found.length
      if (found.length < pageRows) return { rows }
      const last = found.at(-1)!
      after = [last.room_id, last.seq]
    }
  }

  return { name: 'pg driver, by primary key', read, close: () => client.end() }
}

function storedRow(row: Row): StoredRow {
  return {
    roomId: unescaped(row.room_id),
    seq: Number(row.seq),
    clientMessageId: unescaped(row.client_message_id),
    bodyCrc32: crc32(unescaped(row.body)),
  }
}

/** U+001A twice is U+001A, U+001A and `0` is U+0000 (docs/storage-layout.md). */
function unescaped(text: string): string {
  let plain = ''
  let from = 0
  for (let at = text.indexOf('\u001a'); at >= 0; at = text.indexOf('\u001a', from)) {
    plain += text.slice(from, at) + (text[at + 1] === '0' ? '\0' : text[at + 1])
    from = at + 2
  }
  return plain + text.slice(from)
}
