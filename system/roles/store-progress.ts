import { setTimeout as delay } from 'node:timers/promises'
import { persistGroup, topics } from '../chat/record.ts'
import type { DurableLog } from '../logs/log.ts'

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

/** One call under way at a time; who asks meanwhile shares the next one, so that its result is never from before. */
class SharedCall<T> {
  readonly #call: () => Promise<T>
  #running: Promise<unknown> = Promise.resolve()
  #next: Promise<T> | undefined

  constructor(call: () => Promise<T>) {
    this.#call = call
  }

  start(): Promise<T> {
    if (this.#next) return this.#next
    const next = this.#running.then(() => {
      this.#next = undefined
      return this.#call()
    })
    this.#next = next
    this.#running = next.catch(() => undefined)
    return next
  }
}
