import { identityOf } from '../../system/chat/identity.ts'
import type { ChatMessage, Draft } from '../../system/protocol/message.ts'
import type { DraftOutcome, Store } from '../../system/stores/store.ts'

/** The message half of a `Store`, in memory, with failures at will. */
export class MessageStore
  implements Pick<Store, 'appendDrafts' | 'appendMessages' | 'readAfter' | 'lastSeqs' | 'logEpoch'>
{
  readonly messages: ChatMessage[] = []
  /** Sizes of the writes that were done. */
  readonly writes: number[] = []
  /** Called before each write; what it throws is the write's error. */
  beforeWrite: (call: number) => void | Promise<void> = () => {}
  /** Called after each write took effect; what it throws hides the effect. */
  afterWrite: (call: number) => void | Promise<void> = () => {}
  beforeRead: () => void = () => {}
  readonly #epochs = new Map<string, number>()
  #calls = 0

  async appendDrafts(drafts: readonly Draft[]): Promise<readonly DraftOutcome[]> {
    return this.#write(drafts.length, () => drafts.map((draft) => this.#place(draft)))
  }

  async appendMessages(messages: readonly ChatMessage[]): Promise<{ refused: readonly ChatMessage[] }> {
    return this.#write(messages.length, () => {
      const refused: ChatMessage[] = []
      for (const message of messages) {
        const known = this.find(message)
        if (known === undefined) this.messages.push(message)
        else if (known.seq !== message.seq || known.roomId !== message.roomId) refused.push(message)
      }
      return { refused }
    })
  }

  async lastSeqs(positions: readonly { roomId: string; belowSeq: number }[]): Promise<number[]> {
    this.beforeRead()
    return positions.map(({ roomId, belowSeq }) => this.#lastSeq(roomId, belowSeq))
  }

  async readAfter(roomId: string, afterSeq: number, limit: number): Promise<ChatMessage[]> {
    this.beforeRead()
    const rows = this.messages.filter((m) => m.roomId === roomId && m.seq > afterSeq)
    return rows.toSorted((a, b) => a.seq - b.seq).slice(0, limit)
  }

  async logEpoch(topicId: string): Promise<number> {
    const epoch = this.#epochs.get(topicId) ?? this.#epochs.size + 1
    this.#epochs.set(topicId, epoch)
    return epoch
  }

  find(message: Draft): ChatMessage | undefined {
    return this.messages.find((stored) => identityOf(stored) === identityOf(message))
  }

  #place(draft: Draft): DraftOutcome {
    const known = this.find(draft)
    if (known !== undefined) return { message: known, duplicate: true }
    const prevSeq = this.#lastSeq(draft.roomId, Number.POSITIVE_INFINITY)
    const message = { ...draft, seq: prevSeq + 1, prevSeq }
    this.messages.push(message)
    return { message, duplicate: false }
  }

  #lastSeq(roomId: string, belowSeq: number): number {
    const seqs = this.messages.filter((m) => m.roomId === roomId && m.seq < belowSeq).map(({ seq }) => seq)
    return Math.max(0, ...seqs)
  }

  async #write<Result>(size: number, write: () => Result): Promise<Result> {
    const call = this.#calls++
    await this.beforeWrite(call)
    const result = write()
    await this.afterWrite(call)
    this.writes.push(size)
    return result
  }
}
