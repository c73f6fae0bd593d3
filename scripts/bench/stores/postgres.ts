import { Client } from 'pg'
import type { ChatMessage } from '../../../system/protocol/message.ts'

const appendSql = `INSERT INTO floor (room_id, seq, prev_seq, id, sender_id, nickname, client_message_id, type, body,
    file_id, sent_at_ms, accepted_at_ms)
  SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::text[], $9::text[], $10::text[], $11::double precision[], $12::bigint[]) ON CONFLICT DO NOTHING`

/**
 * The bare driver: a prepared statement with an array of values a column, which it writes as text, into a table of the
 * store's own keys. The database at `url` must be the store's; closing drops it.
 */
export async function barePostgres(url: string) {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query('CREATE TABLE floor (LIKE message INCLUDING ALL)')
  const append = async (values: readonly unknown[][]) =>
    void (await client.query({ name: 'floor', text: appendSql, values: [...values] }))
  const close = async () => {
    await client.end()
    const server = new Client({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href })
    await server.connect()
    await server.query('DROP DATABASE chat_bench')
    await server.end()
  }
  return { prepare: columnsOf, append, close }
}

/** One array a parameter. */
function columnsOf(messages: readonly ChatMessage[]): unknown[][] {
  return [
    messages.map(({ roomId }) => roomId),
    messages.map(({ seq }) => seq),
    messages.map(({ prevSeq }) => prevSeq),
    messages.map(({ id }) => id),
    messages.map(({ senderId }) => senderId),
    messages.map(({ nickname }) => nickname),
    messages.map(({ clientMessageId }) => clientMessageId),
    messages.map(({ type }) => type),
    messages.map(({ body }) => body),
    messages.map(({ fileId }) => fileId ?? null),
    messages.map(({ sentAtMs }) => sentAtMs ?? null),
    messages.map(({ acceptedAtMs }) => acceptedAtMs),
  ]
}
