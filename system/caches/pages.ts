import type { ChatMessage } from '../protocol/message.ts'
import type { Store } from '../stores/store.ts'
import { isWholePage, type RecentCache, recentMessages } from './cache.ts'

export const cacheOutcomes = ['hit', 'miss', 'failed'] as const
export type CacheOutcome = (typeof cacheOutcomes)[number]

/**
 * Reads a room's last messages, highest seq first, as the store would answer: from the cache where it reaches up to the
 * room's last seq in the store without a gap, which costs the store the look-up of one number; else from the store, and
 * the cache is filled with what it said. Rejects as the store does.
 */
export function newestPages(
  store: Pick<Store, 'readBefore' | 'lastSeqs'>,
  cache: RecentCache,
  count: (outcome: CacheOutcome) => void,
): (roomId: string, limit: number) => Promise<readonly ChatMessage[]> {
  const fromStore = (roomId: string, limit: number) => store.readBefore(roomId, undefined, limit)
  if (cache.kind === 'none') return fromStore
  return async (roomId, limit) => {
    if (limit > recentMessages) return fromStore(roomId, limit)
    const [[lastSeq = 0], kept] = await Promise.all([
      store.lastSeqs([{ roomId, belowSeq: Number.MAX_SAFE_INTEGER }]),
      cache.newest(roomId, limit),
    ])
    if (kept !== undefined && isWholePage(kept, lastSeq, limit)) {
      count('hit')
      return kept
    }
    count(kept === undefined ? 'failed' : 'miss')
    const rows = await fromStore(roomId, limit)
    void cache.put(rows)
    return rows
  }
}
