import { setTimeout as sleep } from 'node:timers/promises'
import { isBusy } from './errors.ts'

/** How long a write goes on asking for a lock that another process holds, and how often it asks. */
export interface Patience {
  readonly totalMs: number
  readonly retryMs: number
}

export interface Job {
  run(): void
  /** Called instead of a result when the job failed, with SQLite's busy error once the patience was over. */
  fail(error: unknown): void
}

/** Jobs one after another. One that meets a lock waits without blocking the thread, and those behind it with it. */
export class Lane {
  readonly #patience: Patience
  readonly #now: () => number
  readonly #waiting: { readonly job: Job; readonly untilMs: number }[] = []
  #running = false
  #drained: Promise<void> = Promise.resolve()

  constructor(patience: Patience, now: () => number) {
    this.#patience = patience
    this.#now = now
  }

  submit(job: Job): void {
    this.#waiting.push({ job, untilMs: this.#now() + this.#patience.totalMs })
    if (!this.#running) this.#drained = this.#drain()
  }

  /** Resolves when every job submitted so far has run or failed. */
  async idle(): Promise<void> {
    await this.#drained
  }

  async #drain(): Promise<void> {
    this.#running = true
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      while (!this.#attempt(next.job, next.untilMs)) await sleep(this.#patience.retryMs)
    }
    this.#running = false
  }

  #attempt(job: Job, untilMs: number): boolean {
    try {
      job.run()
    } catch (error) {
      if (isBusy(error) && this.#now() < untilMs) return false
      job.fail(error)
    }
    return true
  }
}
