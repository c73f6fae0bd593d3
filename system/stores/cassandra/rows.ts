import type { types } from 'cassandra-driver'
import type { ChatMessage } from '../../protocol/message.ts'
import type { Room, User } from '../directory.ts'
import type { Claim } from './claims.ts'
import { bucketOf } from './schema.ts'

/**
 * The write's timestamp is the message's own, in microseconds: a message that is delivered again writes the same cells
 * at the same time, and cannot come back over a deletion that was later than it.
 */
export const insertMessage = `INSERT INTO messages (room_id, bucket, seq, prev_seq, id, sender_id, nickname,
  client_message_id, type, body, file_id, sent_at_ms, accepted_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  USING TIMESTAMP ?`

export const messageColumns = `room_id, seq, prev_seq, id, sender_id, nickname, client_message_id, type, body, file_id,
  sent_at_ms, accepted_at_ms`

export function messageParams(message: ChatMessage): readonly unknown[] {
  const { roomId, seq, prevSeq, id, senderId, nickname, clientMessageId, type, body, acceptedAtMs } = message
  const bucket = bucketOf(seq)
  const { fileId, sentAtMs } = message
  const timestampUs = acceptedAtMs * 1_000
  return [
    roomId,
    bucket,
    seq,
    prevSeq,
    id,
    senderId,
    nickname,
    clientMessageId,
    type,
    body,
    fileId,
    sentAtMs,
    acceptedAtMs,
    timestampUs,
  ]
}

export function messageFrom(row: types.Row): ChatMessage {
  return {
    id: row.id,
    roomId: row.room_id,
    seq: row.seq.toNumber(),
    prevSeq: row.prev_seq.toNumber(),
    senderId: row.sender_id,
    nickname: row.nickname,
    clientMessageId: row.client_message_id,
    type: row.type,
    body: row.body,
    acceptedAtMs: row.accepted_at_ms.toNumber(),
    ...(row.file_id === null ? {} : { fileId: row.file_id }),
    ...(row.sent_at_ms === null ? {} : { sentAtMs: row.sent_at_ms }),
  }
}

/** User ids are ULIDs: no colon, so no two identities have one key. */
export function identityKey({ senderId, clientMessageId }: Pick<ChatMessage, 'senderId' | 'clientMessageId'>): string {
  return `${senderId}:${clientMessageId}`
}

/** An identity is held by a place: `roomId:seq`. */
export function identityClaim(message: ChatMessage): Claim {
  return { key: identityKey(message), holder: `${message.roomId}:${message.seq}` }
}

export const userColumns = 'id, login, email, nickname, password_hash, created_at_ms'

export function userParams({ id, login, email, nickname, passwordHash, createdAtMs }: User): readonly unknown[] {
  return [id, login, email, nickname, passwordHash, createdAtMs]
}

export function userFrom(row: types.Row): User {
  const { id, login, email, nickname, password_hash: passwordHash } = row
  return { id, login, email, nickname, passwordHash, createdAtMs: row.created_at_ms.toNumber() }
}

export const roomColumns = 'id, code, kind, name, created_at_ms'

export function roomParams({ id, code, kind, name, createdAtMs }: Room): readonly unknown[] {
  return [id, code, kind, name, createdAtMs]
}

export function roomFrom(row: types.Row): Room {
  const { id, code, kind, name } = row
  return { id, code, kind, createdAtMs: row.created_at_ms.toNumber(), ...(name === null ? {} : { name }) }
}
