/**
 * A rate limit that allows bursts: `burst` tokens, refilled at `perSecond`; each SEND takes one.
 * Times come from the caller, on one monotonic clock.
 */
export class TokenBucket {
  readonly #perSecond: number
  readonly #burst: number
  #tokens: number
  #filledAtMs: number

  /** `perSecond` 0 means no limit. */
  constructor(perSecond: number, burst: number, nowMs: number) {
    this.#perSecond = perSecond
    this.#burst = burst
    this.#tokens = burst
    this.#filledAtMs = nowMs
  }

  /** Takes a token; false when there is none. A refused take costs nothing. */
  take(nowMs: number): boolean {
    if (this.#perSecond === 0) return true
    const grown = Math.max(0, nowMs - this.#filledAtMs) * (this.#perSecond / 1000)
    this.#tokens = Math.min(this.#burst, this.#tokens + grown)
    this.#filledAtMs = nowMs
    if (this.#tokens < 1) return false
    this.#tokens -= 1
    return true
  }
}
