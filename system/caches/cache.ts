import type { ChatMessage } from '../protocol/message.ts'

/** So many messages of a room are kept, the last ones. */
export const recentMessages = 100

/**
 * The contract of the cache of rooms' last messages. It may forget anything at any time, and never makes anything up:
 * what it returns was put. So a page of it is history only when `isWholePage` says so; else the store has it.
 */
export interface RecentCache {
  readonly kind: 'none' | 'redis'
  /** Takes messages that the store has, in any order, repeats included. Never rejects: what is lost is a miss. */
  put(messages: readonly ChatMessage[]): Promise<void>
  /**
   * At most `limit` of the room's messages with the highest seqs, highest first. Undefined when it cannot be asked now,
   * or takes so long that the store is asked better.
   */
  newest(roomId: string, limit: number): Promise<readonly ChatMessage[] | undefined>
  /** Reasons why it does not answer now; history then comes from the store. */
  reasons(): string[]
  close(): Promise<void>
}

/**
 * Whether messages of a cache are what the store would answer for the last `limit` messages of a room: they reach up to
 * its last seq (0 for an empty room), name one another without a gap, and are as many as there are.
 */
export function isWholePage(messages: readonly ChatMessage[], lastSeq: number, limit: number): boolean {
  const newest = messages[0]
  if (newest === undefined || newest.seq < lastSeq) return false
  const unbroken = messages.every((message, i) => i === 0 || messages[i - 1]!.prevSeq === message.seq)
  return unbroken && (messages.length >= limit || messages.at(-1)!.prevSeq === 0)
}
