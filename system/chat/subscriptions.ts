/** The receivers of one room under one subscription id: all get the same frame. */
export interface SubscriptionGroup<Receiver, Template> {
  readonly template: Template
  readonly receivers: ReadonlySet<Receiver>
}

interface OpenGroup<Receiver, Template> extends SubscriptionGroup<Receiver, Template> {
  readonly receivers: Set<Receiver>
}

/**
 * Who listens to which room, grouped so that a delivery builds one frame a group. `Template` is what a group's
 * frames have in common; it is made once, when the group's first receiver comes.
 */
export class SubscriptionRegistry<Receiver, Template> {
  readonly #rooms = new Map<string, Map<string, OpenGroup<Receiver, Template>>>()
  readonly #makeTemplate: (roomId: string, subscriptionId: string) => Template

  constructor(makeTemplate: (roomId: string, subscriptionId: string) => Template) {
    this.#makeTemplate = makeTemplate
  }

  /** Rooms with at least one receiver. */
  get rooms(): number {
    return this.#rooms.size
  }

  /** The room's groups by subscription id; undefined when nobody listens. */
  groups(roomId: string): ReadonlyMap<string, SubscriptionGroup<Receiver, Template>> | undefined {
    return this.#rooms.get(roomId)
  }

  /** Adding twice is harmless. */
  add(roomId: string, subscriptionId: string, receiver: Receiver): void {
    let room = this.#rooms.get(roomId)
    if (room === undefined) {
      room = new Map()
      this.#rooms.set(roomId, room)
    }
    let group = room.get(subscriptionId)
    if (group === undefined) {
      group = { template: this.#makeTemplate(roomId, subscriptionId), receivers: new Set() }
      room.set(subscriptionId, group)
    }
    group.receivers.add(receiver)
  }

  /** Removing what is not there is harmless; empty groups and rooms are forgotten. */
  remove(roomId: string, subscriptionId: string, receiver: Receiver): void {
    const room = this.#rooms.get(roomId)
    const group = room?.get(subscriptionId)
    if (room === undefined || group === undefined) return
    group.receivers.delete(receiver)
    if (group.receivers.size === 0) room.delete(subscriptionId)
    if (room.size === 0) this.#rooms.delete(roomId)
  }
}
