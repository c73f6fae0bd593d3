import type { RedisConnection } from '../../redis/connection.ts'

/** The channels one process listens to, kept over reconnects. */
export class Subscriber {
  readonly #connection: RedisConnection
  readonly #onText: (text: string) => void
  readonly #onLost: () => void
  readonly #wanted = new Set<string>()
  /** Given up while the server was away; the client would go on with them. */
  readonly #unwanted = new Set<string>()

  /** `onLost`: the connection is back, all channels come again, and nobody knows what was published meanwhile. */
  constructor(connection: RedisConnection, onText: (text: string) => void, onLost: () => void) {
    this.#connection = connection
    this.#onText = onText
    this.#onLost = onLost
    connection.client.on('ready', () => void this.#comeBack())
  }

  /** Resolves true when the channel comes from now on; false when it will only after a reconnect, told by `onLost`. */
  async add(channel: string): Promise<boolean> {
    this.#wanted.add(channel)
    this.#unwanted.delete(channel)
    try {
      await this.#connection.client.subscribe(channel, this.#onText)
      return true
    } catch {
      return false
    }
  }

  remove(channel: string): void {
    this.#wanted.delete(channel)
    this.#connection.client.unsubscribe(channel, this.#onText).catch(() => {
      if (!this.#wanted.has(channel)) this.#unwanted.add(channel)
    })
  }

  async #comeBack(): Promise<void> {
    try {
      const unwanted = [...this.#unwanted]
      this.#unwanted.clear()
      if (unwanted.length > 0) await this.#connection.client.unsubscribe(unwanted, this.#onText)
      // The client has taken up again what had been confirmed before; this adds what had not.
      if (this.#wanted.size > 0) await this.#connection.client.subscribe([...this.#wanted], this.#onText)
      this.#onLost()
    } catch {
      // It is away again, and will be ready again.
    }
  }
}
