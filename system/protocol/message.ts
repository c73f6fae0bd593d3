/** What a message is, on its way from SEND to MESSAGE. Shared by every role; free of I/O. */

export const messageTypes = ['ENTER', 'TALK', 'LEAVE', 'IMAGE', 'FILE', 'VIDEO', 'LINK', 'SYSTEM'] as const
export type MessageType = (typeof messageTypes)[number]

/** A message that passed every check and waits for the durable step. It has no place in its room yet. */
export interface Draft {
  /** ULID made by the role that took the message in. */
  readonly id: string
  readonly roomId: string
  readonly senderId: string
  readonly nickname: string
  /** The client's own name for this message, at most 64 characters: with `senderId` the key of idempotence. */
  readonly clientMessageId: string
  readonly type: MessageType
  /** At most `limits.bodyBytes` bytes of UTF-8. */
  readonly body: string
  readonly fileId?: string
  /** The client's clock: information only, never an order. */
  readonly sentAtMs?: number
  /** The server's clock when the message was read from its socket, Unix milliseconds. */
  readonly acceptedAtMs: number
}

/**
 * A message with its place. `seq` rises strictly within a room and has gaps; it is the order, the paging
 * cursor and, with `prevSeq`, the gap detector. Both are safe integers.
 */
export interface ChatMessage extends Draft {
  readonly seq: number
  /** `seq` of the room's previous message, 0 for the first. */
  readonly prevSeq: number
  /** When it became durable, Unix milliseconds by the clock of who made it so. Told by fan-outs only; never stored. */
  readonly durableAtMs?: number
}

/** Something that happened in a room and is told to its members, but is no message and is never stored as one. */
export type Signal =
  | {
      readonly event: 'MEMBER'
      readonly roomId: string
      readonly userId: string
      readonly change: 'ADDED' | 'REMOVED' | 'LEFT'
    }
  | {
      readonly event: 'RECEIPT'
      readonly roomId: string
      readonly userId: string
      readonly kind: 'delivered' | 'read'
      readonly uptoSeq: number
    }
  | { readonly event: 'TYPING'; readonly roomId: string; readonly userId: string; readonly nickname: string }
  | { readonly event: 'ROOM'; readonly roomId: string; readonly change: 'CREATED' | 'ENTERED'; readonly userId: string }
