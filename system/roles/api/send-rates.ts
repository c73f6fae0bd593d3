import { TokenBucket } from '../../chat/token-bucket.ts'
import type { Knobs } from '../../editions/edition.ts'
import { ChatError } from '../../protocol/errors.ts'

/** Users kept in mind before those whose bucket is full again are forgotten. */
const sweepAtUsers = 10_000

/** The rate limit of sends without a socket, a bucket a user. */
export class SendRates {
  readonly #knobs: Knobs
  readonly #nowMs: () => number
  readonly #users = new Map<string, { readonly bucket: TokenBucket; usedAtMs: number }>()

  constructor(knobs: Knobs, nowMs: () => number = () => performance.now()) {
    this.#knobs = knobs
    this.#nowMs = nowMs
  }

  /** Throws MSG-429 when the user has sent too much. */
  take(userId: string): void {
    const { sendsPerSecond, sendBurst } = this.#knobs
    if (sendsPerSecond === 0) return
    const now = this.#nowMs()
    if (this.#users.size >= sweepAtUsers) this.#forgetIdle(now)
    const user = this.#users.get(userId) ?? { bucket: new TokenBucket(sendsPerSecond, sendBurst, now), usedAtMs: now }
    user.usedAtMs = now
    this.#users.set(userId, user)
    if (!user.bucket.take(now))
      throw new ChatError('MSG-429', `More than ${sendsPerSecond} messages a second: wait a moment, then send it again`)
  }

  /** A bucket that had the time to fill up is the same as a new one. */
  #forgetIdle(nowMs: number): void {
    const refillMs = (this.#knobs.sendBurst / this.#knobs.sendsPerSecond) * 1000
    for (const [userId, { usedAtMs }] of this.#users) if (nowMs - usedAtMs >= refillMs) this.#users.delete(userId)
  }
}
