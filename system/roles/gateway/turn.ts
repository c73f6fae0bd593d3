import { Linger } from '../../pipelines/linger.ts'

/**
 * Least time between two flushes. A sender's RECEIPT and its own copy of the message are ready within a few
 * milliseconds of each other, and under load a socket is written to again soon: both then share a system call.
 */
const gatherMs = 5

/** What is written to in a turn. */
export interface Flushable {
  flush(nowMs: number): void
}

/**
 * Gathers what is written in a turn: every socket that was written to stays corked until the turn's end and then
 * goes out in one system call. After a quiet time a turn ends with that of the event loop, after all its reads;
 * else `gatherMs` after the one before.
 */
export class Turn {
  #dirty: Flushable[] = []
  readonly #linger = new Linger(gatherMs, () => this.flush())
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
    this.#linger.poke()
  }

  flush(): void {
    const dirty = this.#dirty
    this.#dirty = []
    const nowMs = performance.now()
    for (const connection of dirty) connection.flush(nowMs)
    for (const listener of this.#afterFlush) listener()
  }
}
