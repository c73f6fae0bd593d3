import type { ChatMessage, Signal } from '../protocol/message.ts'

/**
 * The contract of the fan-out: brings every durable message of the rooms it follows, and every signal, to every
 * gateway.
 *
 * Order: within a room messages come with rising seq and an unbroken `prevSeq` chain from the first one on.
 * Once: a subscriber gets a message once, also when the sender repeated it under the same identity. A fan-out fed
 * by the log knows a repeat within the sequencer's window only; a later one comes as a message of its own.
 * Start: a subscriber gets every message made durable after `subscribe` and the room's `follow` resolved.
 */
export interface Fanout {
  readonly guarantees: FanoutGuarantees
  subscribe(handler: FanoutHandler): Promise<FanoutSubscription>
  /**
   * Somebody of this process listens to the room. Undefined: its messages come already, or all rooms' do. Rejects
   * when it cannot be told where the room stands; the call did nothing then. Each call that was followed needs an
   * `unfollow`. Messages of rooms that nobody follows may come too.
   */
  follow(roomId: string): Promise<void> | undefined
  unfollow(roomId: string): void
  /**
   * Hands committed messages over (`source: 'published'` only; a log-fed fan-out reads the log itself and
   * rejects this call). Within a room the caller publishes in seq order, but for a message whose commit was in doubt.
   */
  publish(messages: readonly ChatMessage[]): void
  /** Tells every gateway. Best effort: a signal may be lost with the process that sent it. */
  signal(signals: readonly Signal[]): Promise<void>
  /**
   * The room's last seq as the fan-out knows it, never below what it has handed over: with `source: 'log'` it may be
   * ahead of the store. Undefined where the store is as good or the room has had no message since the start.
   */
  lastSeq(roomId: string): number | undefined
  /** Reasons why messages or signals do not come now; empty = they come. */
  unready(): string[]
  close(): Promise<void>
}

export interface FanoutGuarantees {
  readonly source: 'published' | 'log'
  readonly crossProcess: boolean
}

export interface FanoutHandler {
  /** One turn's messages. The array is not kept. Must not throw. */
  onMessages(messages: readonly ChatMessage[]): void
  onSignals(signals: readonly Signal[]): void
}

export interface FanoutSubscription {
  /** Rejects when the subscription failed for good. */
  readonly failed: Promise<never>
  close(): Promise<void>
}
