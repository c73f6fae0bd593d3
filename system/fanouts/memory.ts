import type { ChatMessage, Signal } from '../protocol/message.ts'
import type { Fanout, FanoutGuarantees, FanoutHandler, FanoutSubscription } from './fanout.ts'
import { Subscribers } from './subscribers.ts'

/** Fan-out inside one process: what is published reaches every subscriber in a turn of its own. */
export function openMemoryFanout(): Fanout {
  return new MemoryFanout()
}

class MemoryFanout implements Fanout {
  readonly guarantees: FanoutGuarantees = { source: 'published', crossProcess: false }
  readonly #subscribers = new Subscribers()
  #messages: ChatMessage[] = []
  #signals: Signal[] = []
  #turn: NodeJS.Immediate | undefined

  async subscribe(handler: FanoutHandler): Promise<FanoutSubscription> {
    // What was published before is for those who were here before.
    clearImmediate(this.#turn)
    this.#deliver()
    return this.#subscribers.add(handler)
  }

  publish(messages: readonly ChatMessage[]): void {
    if (messages.length === 0) return
    this.#messages.push(...messages)
    this.#turn ??= setImmediate(() => this.#deliver())
  }

  async signal(signals: readonly Signal[]): Promise<void> {
    if (signals.length === 0) return
    this.#signals.push(...signals)
    this.#turn ??= setImmediate(() => this.#deliver())
  }

  /** Every room's messages come. */
  follow(): undefined {
    return undefined
  }

  unfollow(): void {}

  /** What is published is stored already. */
  lastSeq(): undefined {
    return undefined
  }

  unready(): string[] {
    return []
  }

  async close(): Promise<void> {
    clearImmediate(this.#turn)
    this.#subscribers.clear()
  }

  #deliver(): void {
    const messages = this.#messages
    const signals = this.#signals
    this.#messages = []
    this.#signals = []
    this.#turn = undefined
    if (messages.length > 0) this.#subscribers.messages(messages)
    if (signals.length > 0) this.#subscribers.signals(signals)
  }
}
