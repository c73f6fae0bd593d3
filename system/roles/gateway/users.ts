import { TokenBucket } from '../../chat/token-bucket.ts'
import type { Connection } from './connection.ts'

/** A user with at least one socket here: the rate limit is the user's, however many sockets there are. */
export interface UserSession {
  readonly bucket: TokenBucket
  readonly connections: Set<Connection>
}

export class UserRegistry {
  readonly #users = new Map<string, UserSession>()
  readonly #sendsPerSecond: number
  readonly #sendBurst: number

  constructor(sendsPerSecond: number, sendBurst: number) {
    this.#sendsPerSecond = sendsPerSecond
    this.#sendBurst = sendBurst
  }

  add(userId: string, connection: Connection, nowMs: number): UserSession {
    let user = this.#users.get(userId)
    if (user === undefined) {
      user = { bucket: new TokenBucket(this.#sendsPerSecond, this.#sendBurst, nowMs), connections: new Set() }
      this.#users.set(userId, user)
    }
    user.connections.add(connection)
    return user
  }

  remove(userId: string, connection: Connection): void {
    const user = this.#users.get(userId)
    user?.connections.delete(connection)
    if (user?.connections.size === 0) this.#users.delete(userId)
  }

  connectionsOf(userId: string): ReadonlySet<Connection> {
    return this.#users.get(userId)?.connections ?? none
  }
}

const none: ReadonlySet<Connection> = new Set()
