import type { ChatMessage, MessageType } from '../protocol/message.ts'

/** A message as the SQL stores keep it: the same columns in each, numbers as safe integers. */
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

/** User ids hold no NUL, so no two identities have one key. */
export function identityKey(message: { readonly senderId: string; readonly clientMessageId: string }): string {
  return `${message.senderId}\u0000${message.clientMessageId}`
}
