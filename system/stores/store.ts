import type { EngineIdentity } from '../protocol/identity.ts'
import type { ChatMessage, Draft } from '../protocol/message.ts'
import type { Directory } from './directory.ts'

/**
 * The contract of a storage backend: messages by `(roomId, seq)`, and the directory of users, rooms and
 * memberships beside them.
 *
 * Identity: `(roomId, seq)` is the primary key; `(senderId, clientMessageId)` is unique. A repeated write of
 * the same message is harmless (`appended` just does not list it again).
 * Order: reads are by `seq`. Time is never an order.
 * Errors: a rejected write is a `StoreError` that says whether it surely did not happen.
 * Buffers: arguments are not changed and not kept.
 */
export interface Store {
  readonly guarantees: StoreGuarantees
  /** Version of the schema found or migrated to when the store was opened. */
  readonly schemaVersion: number
  readonly directory: Directory

  /** Asks the engine on the wire who it is. */
  identity(): Promise<EngineIdentity>

  /**
   * `store-first`: gives each draft the room's next seq and stores it, all in one transaction.
   * Resolves: every draft is durable, in the order given; result i belongs to draft i.
   * A draft whose `(senderId, clientMessageId)` is already stored yields the stored message and `duplicate: true`.
   */
  appendDrafts(drafts: readonly Draft[]): Promise<readonly DraftOutcome[]>

  /**
   * `log-first`: stores messages whose place the log has decided.
   * Resolves: each is durable, unless its `(senderId, clientMessageId)` was stored before under another seq:
   * those are listed in `refused` and are not stored.
   * Rejects: some may be stored; the caller repeats the whole batch.
   */
  appendMessages(messages: readonly ChatMessage[]): Promise<{ readonly refused: readonly ChatMessage[] }>

  /** At most `limit` messages with `seq < beforeSeq` (all, when undefined), highest seq first. */
  readBefore(roomId: string, beforeSeq: number | undefined, limit: number): Promise<ChatMessage[]>
  /** At most `limit` messages with `seq > afterSeq`, lowest seq first. */
  readAfter(roomId: string, afterSeq: number, limit: number): Promise<ChatMessage[]>
  /** For each position: the highest stored seq of the room that is below `belowSeq`, 0 where there is none. */
  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): Promise<number[]>

  /**
   * The epoch of a log topic: 1 for the first topic id ever seen, one more for each new one. Kept for ever, so
   * that a re-created topic, whose offsets start at 0 again, cannot give a seq that was given before.
   */
  logEpoch(topicId: string): Promise<number>

  /** Resolves when a trivial read went to the engine and back. Rejects with a StoreError otherwise. */
  ping(): Promise<void>
  close(): Promise<void>
}

export interface StoreGuarantees {
  /** What has happened to a write when its promise resolves. */
  readonly durability: 'fsync' | 'os-buffer'
  /** `refuses`: a second write of one identity is refused by the engine; `overwrites`: it writes the same value again. */
  readonly secondWrite: 'refuses' | 'overwrites'
  /** Whether `appendDrafts` is offered (it needs a transaction over counter and rows). */
  readonly assignsSeq: boolean
  /** Whether several processes may open the store at once. */
  readonly multiProcess: boolean
}

export interface DraftOutcome {
  readonly message: ChatMessage
  readonly duplicate: boolean
}

export type StoreErrorCode =
  | 'STORE-UNREACHABLE'
  | 'STORE-REFUSED'
  | 'STORE-TIMEOUT'
  | 'STORE-SCHEMA'
  | 'STORE-FULL'
  | 'STORE-FAILED'

/** `definite`: nothing was written. `retryable`: the same call may succeed later. */
export class StoreError extends Error {
  readonly code: StoreErrorCode
  readonly effect: 'definite' | 'indefinite'
  readonly retryable: boolean
  constructor(
    code: StoreErrorCode,
    message: string,
    options: ErrorOptions & { effect: 'definite' | 'indefinite'; retryable: boolean },
  ) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
    this.effect = options.effect
    this.retryable = options.retryable
  }
}
