import type { ChatMessage } from '../../protocol/message.ts'
import { bigintArray, doubleArray, textArray } from './arrays.ts'

/** Numbers first: eight bytes each, so nothing is padded between them. */
export const messageColumns = `seq, prev_seq, accepted_at_ms, sent_at_ms, room_id, id, sender_id, nickname,
  client_message_id, type, body, file_id`

/** The parameters $1 to $12 as a table of these columns. */
export const messageTable = `unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::double precision[], $5::text[],
  $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::text[]) AS given(${messageColumns})`

/** In the order of `messageTable`. */
export function messageValues(messages: readonly ChatMessage[]): Buffer[] {
  return [
    bigintArray(messages.map(({ seq }) => seq)),
    bigintArray(messages.map(({ prevSeq }) => prevSeq)),
    bigintArray(messages.map(({ acceptedAtMs }) => acceptedAtMs)),
    doubleArray(messages.map(({ sentAtMs }) => sentAtMs ?? null)),
    textArray(messages.map(({ roomId }) => roomId)),
    textArray(messages.map(({ id }) => id)),
    textArray(messages.map(({ senderId }) => senderId)),
    textArray(messages.map(({ nickname }) => nickname)),
    textArray(messages.map(({ clientMessageId }) => clientMessageId)),
    textArray(messages.map(({ type }) => type)),
    textArray(messages.map(({ body }) => body)),
    textArray(messages.map(({ fileId }) => fileId ?? null)),
  ]
}
