import type { ChatMessage, Draft, MessageType } from '../../protocol/message.ts'

/** What SQLite binds. */
export type Value = string | number | null

/**
 * Messages cross to the worker as one flat array, in the order of the INSERT's columns: that costs half of what a
 * structured clone of the objects does (0.8 against 1.6 us a row).
 */
export const draftColumns = 10

export function flattenDrafts(drafts: readonly Draft[]): Value[] {
  const values: Value[] = []
  for (const d of drafts) {
    values.push(d.roomId, d.id, d.senderId, d.nickname, d.clientMessageId)
    values.push(d.type, d.body, d.fileId ?? null, d.sentAtMs ?? null, d.acceptedAtMs)
  }
  return values
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
