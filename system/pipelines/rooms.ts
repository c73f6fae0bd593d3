/**
 * Keeps a room's order while several requests are in flight: an entry of a room that is in a request waits until
 * that request is over.
 */
export class RoomQueue<Entry> {
  readonly #roomOf: (entry: Entry) => string
  /** By room in flight: what waits for it. */
  readonly #held = new Map<string, Entry[]>()
  #ready: Entry[] = []

  constructor(roomOf: (entry: Entry) => string) {
    this.#roomOf = roomOf
  }

  get ready(): number {
    return this.#ready.length
  }

  add(entry: Entry): void {
    const held = this.#held.get(this.#roomOf(entry))
    if (held === undefined) this.#ready.push(entry)
    else held.push(entry)
  }

  /** Takes entries from the front while `fits` says so, and puts their rooms in flight. */
  take(fits: (entry: Entry) => boolean): Entry[] {
    const count = this.#ready.findIndex((entry) => !fits(entry))
    const taken = this.#ready.splice(0, count < 0 ? this.#ready.length : count)
    for (const entry of taken) {
      const room = this.#roomOf(entry)
      if (!this.#held.has(room)) this.#held.set(room, [])
    }
    const left = this.#ready
    this.#ready = []
    for (const entry of left) this.add(entry)
    return taken
  }

  /** The request with these entries is over: their rooms go on. */
  release(taken: readonly Entry[]): void {
    for (const entry of taken) {
      const room = this.#roomOf(entry)
      const held = this.#held.get(room)
      this.#held.delete(room)
      if (held !== undefined) this.#ready.push(...held)
    }
  }

  /** Removes and returns every entry that waits and is wanted. */
  remove(wanted: (entry: Entry) => boolean): Entry[] {
    const removed: Entry[] = []
    const keep = (entry: Entry) => {
      if (!wanted(entry)) return true
      removed.push(entry)
      return false
    }
    this.#ready = this.#ready.filter(keep)
    for (const [room, held] of this.#held) this.#held.set(room, held.filter(keep))
    return removed
  }
}
