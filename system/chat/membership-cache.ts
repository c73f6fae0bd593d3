interface Entry {
  readonly expiresAtMs: number
  /** From here on an answer starts a look-up in the background, so that no SEND waits when it expires. */
  readonly refreshAtMs: number
}

interface Lookup {
  answer: Promise<boolean>
  /** Set by an invalidation while the look-up is under way: its answer may be from before the change. */
  stale: boolean
}

/**
 * Remembers who is a member of which room, for `lifetimeMs`. Only "yes" is remembered: a "no" that outlived an
 * invitation would lock its user out. Times come from the caller, on one monotonic clock.
 */
export class MembershipCache {
  readonly #lifetimeMs: number
  readonly #isMember: (roomId: string, userId: string) => Promise<boolean>
  readonly #random: () => number
  readonly #rooms = new Map<string, Map<string, Entry>>()
  readonly #lookups = new Map<string, Lookup>()

  /** `random` spreads the refreshes of a fleet that came at once; it gives numbers in [0, 1). */
  constructor(
    lifetimeMs: number,
    isMember: (roomId: string, userId: string) => Promise<boolean>,
    random: () => number = Math.random,
  ) {
    this.#lifetimeMs = lifetimeMs
    this.#isMember = isMember
    this.#random = random
  }

  /** True when the user is known to be a member now; false means: ask `check`. */
  knows(roomId: string, userId: string, nowMs: number): boolean {
    const entry = this.#rooms.get(roomId)?.get(userId)
    if (entry === undefined || nowMs >= entry.expiresAtMs) return false
    // A failed refresh costs nothing: the entry stays until it expires, and then `check` reports the failure.
    if (nowMs >= entry.refreshAtMs) this.check(roomId, userId, nowMs).catch(() => undefined)
    return true
  }

  /** Asks the directory, once for all who ask at the same time. Rejects as the directory does. */
  check(roomId: string, userId: string, nowMs: number): Promise<boolean> {
    const key = `${roomId}\n${userId}`
    const running = this.#lookups.get(key)
    if (running !== undefined && !running.stale) return running.answer
    const lookup: Lookup = { answer: Promise.resolve(false), stale: false }
    lookup.answer = this.#ask(roomId, userId, nowMs, lookup).finally(() => {
      if (this.#lookups.get(key) === lookup) this.#lookups.delete(key)
    })
    this.#lookups.set(key, lookup)
    return lookup.answer
  }

  /** Forgets one membership, also the answer of a look-up that is under way. */
  invalidate(roomId: string, userId: string): void {
    const lookup = this.#lookups.get(`${roomId}\n${userId}`)
    if (lookup !== undefined) lookup.stale = true
    this.#forget(roomId, userId)
  }

  /** Drops what has expired; called now and then to bound the memory. */
  sweep(nowMs: number): void {
    for (const [roomId, room] of this.#rooms) {
      for (const [userId, entry] of room) if (nowMs >= entry.expiresAtMs) room.delete(userId)
      if (room.size === 0) this.#rooms.delete(roomId)
    }
  }

  async #ask(roomId: string, userId: string, nowMs: number, lookup: Lookup): Promise<boolean> {
    const member = await this.#isMember(roomId, userId)
    if (lookup.stale) return this.check(roomId, userId, nowMs)
    if (member) this.#remember(roomId, userId, nowMs)
    else this.#forget(roomId, userId)
    return member
  }

  #forget(roomId: string, userId: string): void {
    const room = this.#rooms.get(roomId)
    room?.delete(userId)
    if (room?.size === 0) this.#rooms.delete(roomId)
  }

  #remember(roomId: string, userId: string, nowMs: number): void {
    let room = this.#rooms.get(roomId)
    if (room === undefined) {
      room = new Map()
      this.#rooms.set(roomId, room)
    }
    const refreshAfterMs = this.#lifetimeMs * (0.5 + 0.4 * this.#random())
    room.set(userId, { expiresAtMs: nowMs + this.#lifetimeMs, refreshAtMs: nowMs + refreshAfterMs })
  }
}
