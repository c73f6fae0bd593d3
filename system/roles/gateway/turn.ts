/** What is written to in a turn. */
export interface Flushable {
  flush(nowMs: number): void
}

/**
 * Gathers what is written in one turn of the event loop: every socket that was written to stays corked until
 * the turn's end and then goes out in one system call. `setImmediate` runs after all reads of a turn, so the
 * answers to frames of many sockets fall together, which a microtask or `nextTick` would not give.
 */
export class Turn {
  #dirty: Flushable[] = []
  #scheduled = false
  readonly #afterFlush: (() => void)[] = []

  /** Called after each flush, for ever. */
  onEnd(listener: () => void): void {
    this.#afterFlush.push(listener)
  }

  /** Has the connection flushed at the end of this turn. */
  add(connection: Flushable): void {
    this.#dirty.push(connection)
    this.schedule()
  }

  schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => this.flush())
  }

  flush(): void {
    this.#scheduled = false
    const dirty = this.#dirty
    this.#dirty = []
    const nowMs = performance.now()
    for (const connection of dirty) connection.flush(nowMs)
    for (const listener of this.#afterFlush) listener()
  }
}
