import type { ChatError } from '../protocol/errors.ts'
import type { Draft } from '../protocol/message.ts'

/**
 * The durable step: what happens between a checked SEND and its RECEIPT.
 * Drafts taken in one turn share one write to the store or the log.
 */
export interface Pipeline {
  readonly name: 'store-first' | 'log-first'
  /**
   * Queues the draft. `done` is called exactly once, later than this call returns, with the message's place once it is durable
   * or with the error that says whether it may be. Drafts of one caller and room keep their order.
   */
  accept(draft: Draft, done: (outcome: Accepted | ChatError) => void): void
  /** Drafts whose `done` has not been called: what back-pressure is decided on. */
  readonly pending: number
  /** Resolves when `pending` is 0. New drafts are still taken. */
  drain(): Promise<void>
}

export interface Accepted {
  readonly id: string
  readonly roomId: string
  readonly seq: number
}
