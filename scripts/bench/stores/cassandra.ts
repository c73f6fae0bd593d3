import { crc32 } from 'node:zlib'
import { Client, types } from 'cassandra-driver'
import type { ChatMessage } from '../../../system/protocol/message.ts'

/** As the store's own: docs/storage-layout.md. */
const shards = 32
const bucketSeqs = 2 ** 17
const requestsInFlight = 64

interface Query {
  readonly query: string
  readonly params: unknown[]
}

/** The requests of one batch, ready to be sent: one a partition. */
type Prepared = readonly (readonly Query[][])[]

/**
 * The driver alone on tables of its own that look like the store's: identities inserted if they are not there, then
 * messages, one request a partition, statements and values made beforehand.
 */
export async function bareCassandra(url: string) {
  const { host, pathname, searchParams } = new URL(url)
  const { localQuorum, localSerial } = types.consistencies
  const client = new Client({
    contactPoints: [host],
    localDataCenter: searchParams.get('dc') ?? 'datacenter1',
    keyspace: pathname.slice(1),
    queryOptions: { consistency: localQuorum, serialConsistency: localSerial },
  })
  await client.connect()
  await client.execute(`CREATE TABLE IF NOT EXISTS floor_messages (room_id text, bucket bigint, seq bigint,
    prev_seq bigint, id text, sender_id text, nickname text, client_message_id text, type text, body text, file_id text,
    sent_at_ms double, accepted_at_ms bigint, PRIMARY KEY ((room_id, bucket), seq))
    WITH CLUSTERING ORDER BY (seq DESC)`)
  await client.execute(
    'CREATE TABLE IF NOT EXISTS floor_identities (shard int, key text, holder text, PRIMARY KEY (shard, key))',
  )
  const append = async (steps: Prepared) => {
    for (const requests of steps) {
      const waiting = requests.values()
      const sender = async () => {
        for (const queries of waiting) await client.batch(queries as Query[], { logged: false, prepare: true })
      }
      await Promise.all(Array.from({ length: requestsInFlight }, sender))
    }
  }
  const close = async () => {
    await client.execute(`DROP KEYSPACE ${pathname.slice(1)}`)
    await client.shutdown()
  }
  return { prepare, append, close }
}

function prepare(batch: readonly ChatMessage[]): Prepared {
  const identities = Map.groupBy(batch.map(identityQuery), ({ params }) => params[0])
  const messages = Map.groupBy(batch.map(messageQuery), ({ params }) => params[0])
  return [[...identities.values()], [...messages.values()]]
}

function identityQuery({ senderId, clientMessageId, roomId, seq }: ChatMessage): Query {
  const key = `${senderId}:${clientMessageId}`
  const query = 'INSERT INTO floor_identities (shard, key, holder) VALUES (?, ?, ?) IF NOT EXISTS'
  return { query, params: [crc32(key) % shards, key, `${roomId}:${seq}`] }
}

function messageQuery(message: ChatMessage): Query {
  const { roomId, seq, prevSeq, id, senderId, nickname, clientMessageId, type, body, sentAtMs, acceptedAtMs } = message
  const bucket = Math.floor(seq / bucketSeqs)
  const values = [roomId, bucket, seq, prevSeq, id, senderId, nickname, clientMessageId, type, body]
  const query = `INSERT INTO floor_messages (room_id, bucket, seq, prev_seq, id, sender_id, nickname, client_message_id,
    type, body, file_id, sent_at_ms, accepted_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?`
  return { query, params: [...values, undefined, sentAtMs, acceptedAtMs, acceptedAtMs * 1_000] }
}
