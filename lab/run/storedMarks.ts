import { distribution } from '../measure/distribution.ts'
import type { Intervals } from '../measure/intervals.ts'
import type { RunningTarget } from './target.ts'

const everyMs = 1_000

/** Fetches, once a second and once at the end, what the target reports of when marked messages were stored. */
export class StoredMarkCollector {
  readonly #fetch: RunningTarget['storedMarks']
  /** First report a message: one that was written again after a crash was stored before. */
  readonly #storedAt = new Map<number, number>()
  #timer: NodeJS.Timeout | null = null

  constructor(fetch: RunningTarget['storedMarks']) {
    this.#fetch = fetch
  }

  start(): void {
    this.#timer = setInterval(() => void this.#collect(), everyMs)
  }

  async finish(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer)
    await this.#collect()
  }

  /** Adds each marked message once, in the second it was due. */
  addTo(latency: Intervals, startUnixMs: number): void {
    for (const [sentAtMs, storedAtMs] of this.#storedAt) {
      const us = Math.max(1, (storedAtMs - sentAtMs) * 1_000)
      latency.add('persistReported', Math.floor((sentAtMs - startUnixMs) / 1_000), distribution([[us, 1]]))
    }
  }

  /** A process that is down reports again when it is back; what it had not told is lost. */
  async #collect(): Promise<void> {
    const marks = (await this.#fetch?.().catch(() => [])) ?? []
    for (const [sentAtMs, storedAtMs] of marks)
      if (!this.#storedAt.has(sentAtMs)) this.#storedAt.set(sentAtMs, storedAtMs)
  }
}
