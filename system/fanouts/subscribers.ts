import type { ChatMessage, Signal } from '../protocol/message.ts'
import type { FanoutHandler, FanoutSubscription } from './fanout.ts'

/** The subscribers of one process. A handler that throws loses its subscription; the others go on. */
export class Subscribers {
  readonly #subscriptions = new Set<Subscription>()

  add(handler: FanoutHandler): FanoutSubscription {
    const subscription = new Subscription(handler, () => this.#subscriptions.delete(subscription))
    this.#subscriptions.add(subscription)
    return subscription
  }

  messages(messages: readonly ChatMessage[]): void {
    for (const subscription of this.#subscriptions) subscription.hand((handler) => handler.onMessages(messages))
  }

  signals(signals: readonly Signal[]): void {
    for (const subscription of this.#subscriptions) subscription.hand((handler) => handler.onSignals(signals))
  }

  /** Ends every subscription with the error. */
  fail(error: unknown): void {
    for (const subscription of this.#subscriptions) subscription.fail(error)
  }

  clear(): void {
    this.#subscriptions.clear()
  }
}

class Subscription implements FanoutSubscription {
  readonly failed: Promise<never>
  readonly fail: (error: unknown) => void
  readonly #handler: FanoutHandler
  readonly #remove: () => void

  constructor(handler: FanoutHandler, remove: () => void) {
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => {})
    this.failed = promise
    this.#handler = handler
    this.#remove = remove
    this.fail = (error) => {
      remove()
      reject(error)
    }
  }

  hand(call: (handler: FanoutHandler) => void): void {
    try {
      call(this.#handler)
    } catch (error) {
      this.fail(error)
    }
  }

  async close(): Promise<void> {
    this.#remove()
  }
}
