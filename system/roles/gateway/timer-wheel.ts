/**
 * One timer for many deadlines (Varghese and Lauck's hashed wheel): scheduling and cancelling cost the same
 * however many items wait. It has no clock; whoever owns it calls `advance` once a tick.
 * An item is due at the first tick at or after its time. It is on the wheel once: scheduling again moves it.
 */
export class TimerWheel<Item> {
  readonly #tickMs: number
  readonly #slots: Set<Item>[]
  readonly #dueAtMs = new Map<Item, number>()
  #tick: number

  constructor(tickMs: number, slots: number, nowMs: number) {
    this.#tickMs = tickMs
    this.#slots = Array.from({ length: slots }, () => new Set<Item>())
    this.#tick = Math.floor(nowMs / tickMs)
  }

  get size(): number {
    return this.#dueAtMs.size
  }

  schedule(item: Item, dueAtMs: number): void {
    this.cancel(item)
    // A time that is past would fall into a slot that comes round last.
    const dueMs = Math.max(dueAtMs, (this.#tick + 1) * this.#tickMs)
    this.#dueAtMs.set(item, dueMs)
    this.#slotOf(dueMs).add(item)
  }

  cancel(item: Item): void {
    const dueAtMs = this.#dueAtMs.get(item)
    if (dueAtMs === undefined) return
    this.#dueAtMs.delete(item)
    this.#slotOf(dueAtMs).delete(item)
  }

  /** Hands over, and forgets, every item that is due at `nowMs`. `onDue` may schedule it again. */
  advance(nowMs: number, onDue: (item: Item, nowMs: number) => void): void {
    const tick = Math.floor(nowMs / this.#tickMs)
    const first = Math.max(this.#tick + 1, tick - this.#slots.length + 1)
    this.#tick = Math.max(this.#tick, tick)
    const due: Item[] = []
    for (let at = first; at <= tick; at++) {
      for (const item of this.#slots[at % this.#slots.length] as Set<Item>) {
        // After missed ticks a slot also holds what comes due a round later, or at the tick after this one.
        if (this.#tickOf(this.#dueAtMs.get(item) as number) <= tick) due.push(item)
      }
    }
    for (const item of due) this.cancel(item)
    for (const item of due) onDue(item, nowMs)
  }

  #tickOf(dueAtMs: number): number {
    return Math.ceil(dueAtMs / this.#tickMs)
  }

  #slotOf(dueAtMs: number): Set<Item> {
    return this.#slots[this.#tickOf(dueAtMs) % this.#slots.length] as Set<Item>
  }
}
