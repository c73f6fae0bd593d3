import { crc32 } from 'node:zlib'
import { MongoClient } from 'mongodb'
import type { StoredRow, StoreReader } from './reader.ts'

const batchRows = 4_000
const timeouts = { serverSelectionTimeoutMS: 10_000, socketTimeoutMS: 60_000 }

interface MessageFields {
  readonly roomId: string
  readonly seq: number
  readonly clientMessageId: string
  readonly body: string
}

/** Reads the `messages` collection in natural order with one cursor: what is stored, not what an index says. */
export async function openMongoReader(url: string): Promise<StoreReader> {
  const client = new MongoClient(url, { ...timeouts, maxPoolSize: 2, readConcernLevel: 'majority' })
  await client.connect()
  const messages = client.db().collection<MessageFields>('messages')

  async function read(onRows: (rows: readonly StoredRow[]) => void, signal: AbortSignal): Promise<{ rows: number }> {
    signal.throwIfAborted()
    const projection = { _id: 0, roomId: 1, seq: 1, clientMessageId: 1, body: 1 }
    const cursor = messages.find({}, { projection, batchSize: batchRows, signal })
    let rows = 0
    try {
      while (await cursor.hasNext()) {
        const batch = cursor.readBufferedDocuments()
        onRows(batch.map(storedRow))
        rows += batch.length
      }
      return { rows }
    } finally {
      await cursor.close()
    }
  }

  return { name: 'MongoDB driver, natural order', read, close: () => client.close() }
}

function storedRow({ roomId, seq, clientMessageId, body }: MessageFields): StoredRow {
  return { roomId, seq, clientMessageId, bodyCrc32: crc32(body) }
}
