/**
 * Decides when what was gathered is sent: at the end of the turn when the last sending is at least `lingerMs` ago,
 * else when that time has passed. So one draft after a quiet time goes at once, and at high rates each request
 * carries what came in `lingerMs`.
 */
export class Linger {
  readonly #lingerMs: number
  readonly #send: () => void
  #lastSentMs = Number.NEGATIVE_INFINITY
  #scheduled = false

  constructor(lingerMs: number, send: () => void) {
    this.#lingerMs = lingerMs
    this.#send = send
  }

  /** There is something to send. Cheap to call for each draft. */
  poke(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    const waitMs = this.#lastSentMs + this.#lingerMs - performance.now()
    if (waitMs <= 0) setImmediate(this.#fire)
    else setTimeout(this.#fire, waitMs)
  }

  readonly #fire = () => {
    this.#scheduled = false
    this.#lastSentMs = performance.now()
    this.#send()
  }
}
