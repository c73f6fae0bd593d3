import { crc32 } from 'node:zlib'
import { Client, types } from 'cassandra-driver'
import type { StoredRow, StoreReader } from './reader.ts'

const pageRows = 4_000
const timeouts = { connectTimeout: 10_000, readTimeout: 60_000 }

/** A driver session of its own in the keyspace that the URL names. Rejects with the driver's error. */
export async function connectCassandra(url: string): Promise<Client> {
  const { host, hostname, username, password, pathname, searchParams } = new URL(url)
  const others = searchParams.get('hosts')?.split(',') ?? []
  const client = new Client({
    contactPoints: [host.includes(':') ? host : hostname, ...others],
    localDataCenter: searchParams.get('dc') ?? 'datacenter1',
    keyspace: pathname.slice(1),
    ...(username && {
      credentials: { username: decodeURIComponent(username), password: decodeURIComponent(password) },
    }),
    socketOptions: timeouts,
    queryOptions: { consistency: types.consistencies.localQuorum },
  })
  await client.connect().catch(async (error) => {
    await client.shutdown()
    throw error
  })
  return client
}

/** Walks the whole `messages` table in order of token, page after page. */
export async function openCassandraReader(url: string): Promise<StoreReader> {
  const client = await connectCassandra(url)

  async function read(onRows: (rows: readonly StoredRow[]) => void, signal: AbortSignal): Promise<{ rows: number }> {
    const query = 'SELECT room_id, seq, client_message_id, body FROM messages'
    let rows = 0
    for (let pageState: string | undefined; ; ) {
      signal.throwIfAborted()
      const page = await client.execute(query, [], { prepare: true, fetchSize: pageRows, pageState })
      if (page.rows.length > 0) onRows(page.rows.map(storedRow))
      rows += page.rows.length
      if (!page.pageState) return { rows }
      pageState = page.pageState
    }
  }

  return { name: 'Cassandra driver, token order', read, close: () => client.shutdown() }
}

function storedRow(row: types.Row): StoredRow {
  return {
    roomId: row.room_id,
    seq: row.seq.toNumber(),
    clientMessageId: row.client_message_id,
    bodyCrc32: crc32(row.body),
  }
}
