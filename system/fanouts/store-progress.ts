import { setTimeout as delay } from 'node:timers/promises'
import { persistGroup, topics } from '../chat/record.ts'
import type { DurableLog } from '../logs/log.ts'
import { SharedCall } from './shared-call.ts'

/** How long an answer waits for the persister, and how often it looks. */
const patienceMs = 2_000
const pauseMs = 25

/**
 * Tells when the store has everything that was in the log at a given moment. With `log-first` a message is delivered
 * before it is stored: a client that lost its socket in between would not find it in history and would not know.
 */
export class StoreProgress {
  readonly #ends: SharedCall<ReadonlyMap<number, number>>
  readonly #committed: SharedCall<ReadonlyMap<number, number>>

  constructor(log: DurableLog) {
    this.#ends = new SharedCall(() => log.endOffsets(topics.messages))
    this.#committed = new SharedCall(() => log.committedOffsets(topics.messages, persistGroup))
  }

  /** Resolves true when the store holds what was in the log at the call; false when that took too long, or nobody can say. */
  async caughtUp(): Promise<boolean> {
    const deadlineMs = performance.now() + patienceMs
    try {
      const ends = [...(await this.#ends.start())]
      for (;;) {
        const committed = await this.#committed.start()
        if (ends.every(([partition, end]) => end <= (committed.get(partition) ?? 0))) return true
        if (performance.now() >= deadlineMs) return false
        await delay(pauseMs)
      }
    } catch {
      return false
    }
  }
}
