import { StoreProgress } from '../fanouts/store-progress.ts'
import { ChatError } from '../protocol/errors.ts'
import type { Signal } from '../protocol/message.ts'
import type { RoleContext } from './role.ts'

/** A member has, or has read, every message of the room up to `uptoSeq`. */
export type Mark = Omit<Extract<Signal, { event: 'RECEIPT' }>, 'event'>

/** Moves members' receipt marks, which never fall and never pass the room's last seq. Costs nothing a message. */
export class Receipts {
  readonly #context: Pick<RoleContext, 'store' | 'fanout'>
  readonly #progress: StoreProgress | undefined

  constructor(context: Pick<RoleContext, 'store' | 'fanout' | 'log'>) {
    this.#context = context
    this.#progress = context.log && new StoreProgress(context.log)
  }

  /**
   * Tells the room when the mark rose, and resolves whether it did. Rejects with MSG-400 where the room has nothing
   * at `uptoSeq`, and with SYS-503 where that cannot be told yet.
   */
  async raise(mark: Mark): Promise<boolean> {
    const { roomId, userId, kind, uptoSeq } = mark
    await this.#check(roomId, uptoSeq)
    const { store, fanout } = this.#context
    const rose = await store.directory.raiseReceipt(roomId, userId, kind, uptoSeq)
    if (rose) await fanout.signal([{ event: 'RECEIPT', ...mark }])
    return rose
  }

  /** Seq of the room's last message: what this process has been shown may be ahead of the store. 0 without one. */
  async lastSeq(roomId: string): Promise<number> {
    const [stored = 0] = await this.#context.store.lastSeqs([{ roomId, belowSeq: Number.MAX_SAFE_INTEGER }])
    return Math.max(stored, this.#context.fanout.lastSeq(roomId) ?? 0)
  }

  async #check(roomId: string, uptoSeq: number): Promise<void> {
    if (uptoSeq <= (this.#context.fanout.lastSeq(roomId) ?? 0)) return
    let lastSeq = await this.lastSeq(roomId)
    let certain = true
    if (uptoSeq > lastSeq && this.#progress) {
      // Another process may have delivered it already: then it is in the log.
      certain = await this.#progress.caughtUp()
      lastSeq = await this.lastSeq(roomId)
    }
    if (uptoSeq <= lastSeq) return
    if (certain) throw new ChatError('MSG-400', `uptoSeq ${uptoSeq} is above ${lastSeq}, the room's last seq`)
    throw new ChatError('SYS-503', 'the store is behind and cannot tell whether the room has that seq; try again later')
  }
}
