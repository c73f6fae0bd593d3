import { TokenBucket } from '../../chat/token-bucket.ts'

/** A user with at least one socket here: the rate limit is the user's, however many sockets there are. */
interface UserSession<Receiver> {
  readonly bucket: TokenBucket
  readonly connections: Set<Receiver>
}

export class UserRegistry<Receiver> {
  readonly #users = new Map<string, UserSession<Receiver>>()
  readonly #sendsPerSecond: number
  readonly #sendBurst: number

  constructor(sendsPerSecond: number, sendBurst: number) {
    this.#sendsPerSecond = sendsPerSecond
    this.#sendBurst = sendBurst
  }

  /** Gives the bucket that all of the user's sockets draw on. */
  add(userId: string, connection: Receiver, nowMs: number): TokenBucket {
    let user = this.#users.get(userId)
    if (user === undefined) {
      user = { bucket: new TokenBucket(this.#sendsPerSecond, this.#sendBurst, nowMs), connections: new Set() }
      this.#users.set(userId, user)
    }
    user.connections.add(connection)
    return user.bucket
  }

  remove(userId: string, connection: Receiver): void {
    const user = this.#users.get(userId)
    user?.connections.delete(connection)
    if (user?.connections.size === 0) this.#users.delete(userId)
  }

  connectionsOf(userId: string): ReadonlySet<Receiver> {
    return this.#users.get(userId)?.connections ?? none
  }
}

const none: ReadonlySet<never> = new Set()
