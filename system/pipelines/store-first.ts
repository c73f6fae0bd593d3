import type { Fanout } from '../fanouts/fanout.ts'
import type { ChatError } from '../protocol/errors.ts'
import type { ChatMessage, Draft } from '../protocol/message.ts'
import type { DraftOutcome, Store } from '../stores/store.ts'
import { StoreError } from '../stores/store.ts'
import { Backoff, patienceMs } from './backoff.ts'
import { Linger } from './linger.ts'
import type { Accepted, Pipeline } from './pipeline.ts'
import { type Done, givenUp, otherRoom, Pending, type Waiting } from './waiting.ts'

export interface StoreFirstParts {
  readonly store: Pick<Store, 'appendDrafts'>
  readonly fanout: Pick<Fanout, 'publish'>
  readonly lingerMs: number
}

/** Drafts given up whose commit is unknown, kept in mind for their sender's next try: the last of them. */
const rememberedDrafts = 100_000

/** Rows of one transaction: bounds how long the store is busy with one append. */
const batchDrafts = 1_000

/**
 * The store's commit is the durable step; fan-out follows. One append is under way at a time, so batches grow
 * with the load and a room's order is the order of accept.
 *
 * A draft given up may be stored all the same. Its message is published when the sender's next try finds it, then
 * perhaps after later ones of its room, whose `prevSeq` has told the members of the gap.
 */
export class StoreFirst implements Pipeline {
  readonly name = 'store-first'
  readonly #parts: StoreFirstParts
  readonly #pending = new Pending()
  readonly #linger: Linger
  /** Ids of drafts given up as uncertain: stored perhaps, and published by nobody. */
  readonly #unpublished = new Set<string>()
  #queue: Waiting[] = []
  #busy = false

  constructor(parts: StoreFirstParts) {
    this.#parts = parts
    this.#linger = new Linger(parts.lingerMs, () => void this.#send())
  }

  get pending(): number {
    return this.#pending.count
  }

  accept(draft: Draft, done: Done): void {
    this.#pending.enter()
    this.#queue.push({ draft, done, sinceMs: performance.now() })
    if (!this.#busy) this.#linger.poke()
  }

  drain(): Promise<void> {
    return this.#pending.idle()
  }

  async #send(): Promise<void> {
    if (this.#busy || this.#queue.length === 0) return
    this.#busy = true
    const batch = this.#queue.splice(0, batchDrafts)
    await this.#append(batch)
    this.#busy = false
    if (this.#queue.length > 0) this.#linger.poke()
  }

  async #append(batch: Waiting[]): Promise<void> {
    const backoff = new Backoff()
    let uncertain = false
    let rest = batch
    while (rest.length > 0) {
      let outcomes: readonly DraftOutcome[]
      try {
        outcomes = await this.#parts.store.appendDrafts(rest.map(({ draft }) => draft))
      } catch (error) {
        uncertain ||= !(error instanceof StoreError && error.effect === 'definite')
        if (!(error instanceof StoreError && error.retryable)) return this.#giveUp(rest, uncertain, error)
        rest = this.#expire(rest, uncertain, error)
        await backoff.pause()
        continue
      }
      return this.#complete(rest, outcomes, uncertain)
    }
  }

  #complete(batch: readonly Waiting[], outcomes: readonly DraftOutcome[], uncertain: boolean): void {
    const fresh: ChatMessage[] = []
    const answers: (Accepted | ChatError)[] = []
    const durableAtMs = Date.now()
    for (const [index, { draft }] of batch.entries()) {
      const { message, duplicate } = outcomes[index]!
      // After an attempt of unknown outcome, this one's or one given up, a duplicate is a message nobody published.
      const wasGivenUp = this.#unpublished.delete(message.id)
      if (!duplicate || wasGivenUp || (uncertain && message.id === draft.id)) fresh.push({ ...message, durableAtMs })
      const { id, roomId, seq } = message
      answers.push(roomId === draft.roomId ? { id, roomId, seq } : otherRoom(roomId))
    }
    this.#parts.fanout.publish(fresh)
    for (const [index, { done }] of batch.entries()) this.#pending.settle(done, answers[index]!)
  }

  /** Gives up what has waited too long, in the batch and behind it; returns what may be tried again. */
  #expire(batch: readonly Waiting[], uncertain: boolean, cause: unknown): Waiting[] {
    const deadlineMs = performance.now() - patienceMs
    const { late = [], rest = [] } = Object.groupBy(batch, ({ sinceMs }) => (sinceMs < deadlineMs ? 'late' : 'rest'))
    this.#giveUp(late, uncertain, cause)
    const firstYoung = this.#queue.findIndex(({ sinceMs }) => sinceMs >= deadlineMs)
    const lateInQueue = this.#queue.splice(0, firstYoung < 0 ? this.#queue.length : firstYoung)
    this.#giveUp(lateInQueue, false, cause)
    return rest
  }

  #giveUp(batch: readonly Waiting[], uncertain: boolean, cause: unknown): void {
    for (const { draft, done } of batch) {
      if (uncertain) this.#remember(draft.id)
      this.#pending.settle(done, givenUp('store', uncertain, cause))
    }
  }

  #remember(draftId: string): void {
    this.#unpublished.add(draftId)
    if (this.#unpublished.size <= rememberedDrafts) return
    const [oldest] = this.#unpublished
    this.#unpublished.delete(oldest!)
  }
}
