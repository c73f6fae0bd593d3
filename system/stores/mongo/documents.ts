import type { Collection, Db } from 'mongodb'
import type { ChatMessage, MessageType } from '../../protocol/message.ts'
import type { Room, User } from '../directory.ts'

/** The documents of docs/storage-layout.md. */
export interface MessageDocument {
  readonly _id: string
  readonly roomId: string
  readonly seq: number
  readonly prevSeq: number
  readonly id: string
  readonly senderId: string
  readonly nickname: string
  readonly clientMessageId: string
  readonly type: MessageType
  readonly body: string
  readonly fileId?: string
  readonly sentAtMs?: number
  readonly acceptedAtMs: number
}

/** Which message has an identity. */
export interface IdentityDocument {
  /** `senderId:clientMessageId`. */
  readonly _id: string
  /** `_id` of the message. */
  readonly message: string
}

export type UserDocument = Omit<User, 'id'> & { readonly _id: string }
export type RoomDocument = Omit<Room, 'id'> & { readonly _id: string; readonly directPair?: string }

export interface MembershipDocument {
  /** `roomId:userId`. One document a membership: without transactions a change must be a single write. */
  readonly _id: string
  readonly roomId: string
  readonly userId: string
  readonly lastDeliveredSeq: number
  readonly lastReadSeq: number
}

export interface RefreshDocument {
  readonly _id: string
  readonly userId: string
  readonly expiresAt: Date
}

export interface Collections {
  readonly messages: Collection<MessageDocument>
  readonly identities: Collection<IdentityDocument>
  readonly users: Collection<UserDocument>
  readonly rooms: Collection<RoomDocument>
  readonly memberships: Collection<MembershipDocument>
  readonly refreshTokens: Collection<RefreshDocument>
  readonly logEpochs: Collection<{ readonly _id: string; readonly epoch: number }>
}

export function collectionsOf(db: Db): Collections {
  return {
    messages: db.collection('messages'),
    identities: db.collection('identities'),
    users: db.collection('users'),
    rooms: db.collection('rooms'),
    memberships: db.collection('memberships'),
    refreshTokens: db.collection('refresh_tokens'),
    logEpochs: db.collection('log_epochs'),
  }
}

/** 2^53 - 1 has 16 digits: padded to that, keys of one room order as their seq does. */
const seqDigits = 16

/** Room ids are ULIDs: no colon, so the keys of one room are one range. */
export function messageKey(roomId: string, seq: number): string {
  return `${roomId}:${String(seq).padStart(seqDigits, '0')}`
}

/** Above every message key of the room. */
export function roomEndKey(roomId: string): string {
  return `${roomId};`
}

type Identified = Pick<ChatMessage, 'senderId' | 'clientMessageId'>

/** User ids are ULIDs: no colon, so no two identities have one key. */
export function identityKey({ senderId, clientMessageId }: Identified): string {
  return `${senderId}:${clientMessageId}`
}

export function identityDocument(message: Identified & Pick<ChatMessage, 'roomId' | 'seq'>): IdentityDocument {
  return { _id: identityKey(message), message: messageKey(message.roomId, message.seq) }
}

/** Field by field: a spread and a delete would cost as much as the encoding to BSON. */
export function documentFrom(message: ChatMessage): MessageDocument {
  const { roomId, seq, prevSeq, id, senderId, nickname, clientMessageId, type, body, acceptedAtMs } = message
  const _id = messageKey(roomId, seq)
  const document: { -readonly [Field in keyof MessageDocument]: MessageDocument[Field] } = {
    _id,
    roomId,
    seq,
    prevSeq,
    id,
    senderId,
    nickname,
    clientMessageId,
    type,
    body,
    acceptedAtMs,
  }
  if (message.fileId !== undefined) document.fileId = message.fileId
  if (message.sentAtMs !== undefined) document.sentAtMs = message.sentAtMs
  return document
}

export function messageFrom({ _id, ...message }: MessageDocument): ChatMessage {
  return message
}

export function userFrom({ _id: id, ...user }: UserDocument): User {
  return { id, ...user }
}

export function roomFrom({ _id: id, directPair: _, ...room }: RoomDocument): Room {
  return { id, ...room }
}

export function membershipKey(roomId: string, userId: string): string {
  return `${roomId}:${userId}`
}
