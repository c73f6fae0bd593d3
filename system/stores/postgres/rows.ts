import type { ChatMessage, MessageType } from '../../protocol/message.ts'
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

export interface MessageRow {
  readonly room_id: string
  readonly seq: number
  readonly prev_seq: number
  readonly id: string
  readonly sender_id: string
  readonly nickname: string
  readonly client_message_id: string
  readonly type: MessageType
  readonly body: string
  readonly file_id: string | null
  readonly sent_at_ms: number | null
  readonly accepted_at_ms: number
}

export function messageFrom(row: MessageRow): ChatMessage {
  return {
    id: row.id,
    roomId: row.room_id,
    senderId: row.sender_id,
    nickname: row.nickname,
    clientMessageId: row.client_message_id,
    type: row.type,
    body: row.body,
    ...(row.file_id === null ? {} : { fileId: row.file_id }),
    ...(row.sent_at_ms === null ? {} : { sentAtMs: row.sent_at_ms }),
    acceptedAtMs: row.accepted_at_ms,
    seq: row.seq,
    prevSeq: row.prev_seq,
  }
}
