import { persistGroup, topics } from '../../chat/record.ts'
import type { DurableLog } from '../../logs/log.ts'
import type { PersisterMetrics } from './metrics.ts'

const sampleEveryMs = 1_000

/** Samples how many records of the message log the group has not committed yet; NaN while nobody can say. */
export class Lag {
  readonly #log: DurableLog
  readonly #metrics: PersisterMetrics
  readonly #timer: NodeJS.Timeout
  #sampling = false
  #trouble: string | undefined

  constructor(log: DurableLog, metrics: PersisterMetrics) {
    this.#log = log
    this.#metrics = metrics
    metrics.lag.set(Number.NaN)
    this.#timer = setInterval(() => void this.#sample(), sampleEveryMs).unref()
    void this.#sample()
  }

  reasons(): string[] {
    return this.#trouble === undefined ? [] : [`log: ${this.#trouble}`]
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  async #sample(): Promise<void> {
    if (this.#sampling) return
    this.#sampling = true
    try {
      // Committed first: the end only grows, so the lag is never below the truth of that moment.
      const committed = await this.#log.committedOffsets(topics.messages, persistGroup)
      const ends = await this.#log.endOffsets(topics.messages)
      let lag = 0
      for (const [partition, end] of ends) lag += end - (committed.get(partition) ?? 0)
      this.#metrics.lag.set(lag)
      this.#trouble = undefined
    } catch (error) {
      this.#metrics.lag.set(Number.NaN)
      this.#trouble = error instanceof Error ? error.message : String(error)
    } finally {
      this.#sampling = false
    }
  }
}
