import type { ChatMessage } from '../../protocol/message.ts'

/** What waits for what is missing before it; beyond that it is read from the store with the rest. */
const mostHeld = 1_000

/**
 * One room's place in the order: of all that comes, twice or with gaps, it hands over each message once, in order and
 * with nothing left out.
 */
export class RoomFeed {
  /** Everything up to here was handed over, or was there before the room was followed; undefined until that is known. */
  #wholeSeq: number | undefined
  #shownSeq: number | undefined
  /** Above a gap, by rising seq. */
  #held: ChatMessage[] = []
  /** The highest seq that came and was not held. */
  #droppedSeq = 0

  get wholeSeq(): number | undefined {
    return this.#wholeSeq
  }

  /** Seq of the last message handed over. */
  get shownSeq(): number | undefined {
    return this.#shownSeq
  }

  /** Whether something is known to be missing. */
  get gapped(): boolean {
    return this.#held.length > 0 || this.#droppedSeq > (this.#wholeSeq ?? 0)
  }

  /** The room is followed from here on. Returns what came meanwhile and can be handed over. */
  open(floorSeq: number): ChatMessage[] {
    this.#wholeSeq = floorSeq
    return this.#release()
  }

  /** Takes a message as it was published. Returns what can be handed over now. */
  take(message: ChatMessage): ChatMessage[] {
    const wholeSeq = this.#wholeSeq
    if (wholeSeq !== undefined && message.seq <= wholeSeq) return []
    if (wholeSeq !== undefined && message.prevSeq <= wholeSeq && this.#held.length === 0) return this.#show([message])
    this.#hold(message)
    return wholeSeq === undefined ? [] : this.#release()
  }

  /**
   * Takes what the store has above `wholeSeq`, by rising seq. `coveredSeq`: the store had everything up to there, so
   * what it does not show does not exist; undefined where that could not be told, then only the chain decides.
   */
  repair(rows: readonly ChatMessage[], coveredSeq: number | undefined): ChatMessage[] {
    if (this.#wholeSeq === undefined) return []
    for (const row of rows) this.#hold(row, Number.POSITIVE_INFINITY)
    const shown: ChatMessage[] = []
    if (coveredSeq !== undefined) {
      const covered = this.#held.filter(({ seq }) => seq <= coveredSeq && seq > this.#wholeSeq!)
      shown.push(...this.#show(covered))
      this.#wholeSeq = Math.max(this.#wholeSeq, coveredSeq)
    }
    shown.push(...this.#release())
    return shown
  }

  #hold(message: ChatMessage, most = mostHeld): void {
    const at = this.#held.findLastIndex(({ seq }) => seq <= message.seq)
    if (this.#held[at]?.seq === message.seq) return
    if (this.#held.length >= most) this.#droppedSeq = Math.max(this.#droppedSeq, message.seq)
    else this.#held.splice(at + 1, 0, message)
  }

  /** What no gap keeps back any more. */
  #release(): ChatMessage[] {
    let count = 0
    let wholeSeq = this.#wholeSeq!
    const free: ChatMessage[] = []
    for (const message of this.#held) {
      if (message.seq > wholeSeq) {
        if (message.prevSeq > wholeSeq) break
        free.push(message)
        wholeSeq = message.seq
      }
      count += 1
    }
    this.#held.splice(0, count)
    return this.#show(free)
  }

  #show(messages: ChatMessage[]): ChatMessage[] {
    const last = messages.at(-1)
    if (last !== undefined) this.#wholeSeq = this.#shownSeq = last.seq
    return messages
  }
}
