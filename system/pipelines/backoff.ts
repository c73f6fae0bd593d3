import { setTimeout as sleep } from 'node:timers/promises'

/** How long a draft may wait for its durable step, failures and pauses included. */
export const patienceMs = 30_000
const firstPauseMs = 50
const longestPauseMs = 1_000

/** Pauses that double up to a second, each with up to a quarter taken off so that processes do not knock in step. */
export class Backoff {
  #nextMs = firstPauseMs

  async pause(): Promise<void> {
    const waitMs = this.#nextMs * (1 - Math.random() / 4)
    this.#nextMs = Math.min(longestPauseMs, this.#nextMs * 2)
    await sleep(waitMs)
  }
}
