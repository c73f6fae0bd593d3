import type { FanoutHandler } from '../../fanouts/fanout.ts'
import type { ChatMessage, Signal } from '../../protocol/message.ts'
import { jsonBytes, messageBody } from '../../protocol/message-json.ts'
import type { GatewayParts } from './parts.ts'
import { PathMeter } from './path-meter.ts'
import { revoke } from './subscribe.ts'

/**
 * Writes what the fan-out brings to the sockets that listen. A room's message is encoded once, framed once a
 * subscription id, and the same buffer goes to every socket of that id: with rooms of one client's software
 * that is one buffer a message, whatever the room's size.
 */
export class Delivery implements FanoutHandler {
  readonly #parts: GatewayParts
  readonly #path: PathMeter

  constructor(parts: GatewayParts) {
    this.#parts = parts
    this.#path = new PathMeter(parts.metrics)
    parts.turn.onEnd(() => this.#path.written())
  }

  onMessages(messages: readonly ChatMessage[]): void {
    this.#path.pickUp()
    for (const message of messages) this.#deliver(message)
  }

  onSignals(signals: readonly Signal[]): void {
    for (const signal of signals) {
      this.#publish(signal.roomId, this.#parts.newId(), signal)
      if (signal.event === 'MEMBER') this.#memberChanged(signal)
    }
  }

  #deliver(message: ChatMessage): void {
    if (this.#parts.rooms.groups(message.roomId) === undefined) return
    this.#publish(message.roomId, message.id, messageBody(message))
    this.#path.add(message)
  }

  #publish(roomId: string, messageId: string, body: object): void {
    const groups = this.#parts.rooms.groups(roomId)
    if (groups === undefined) return
    const json = jsonBytes(body)
    for (const { template, receivers } of groups.values()) {
      const frame = template.frame(messageId, json)
      this.#parts.metrics.framesOut.inc(receivers.size)
      for (const connection of receivers) connection.write(frame)
    }
  }

  /** The event has gone to the room, the removed member included; now his subscription ends. */
  #memberChanged(signal: Signal & { event: 'MEMBER' }): void {
    const { users, members } = this.#parts
    members.invalidate(signal.roomId, signal.userId)
    for (const connection of users.connectionsOf(signal.userId)) {
      for (const template of connection.queues.get('/user/queue/notices')?.values() ?? []) {
        this.#parts.metrics.framesOut.inc()
        connection.write(template.frame(this.#parts.newId(), jsonBytes(signal)))
      }
      if (signal.change !== 'ADDED') revoke(this.#parts, connection, signal.roomId)
    }
  }
}
