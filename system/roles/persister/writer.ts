import type { Logger } from 'pino'
import type { RecentCache } from '../../caches/cache.ts'
import type { Sequencer } from '../../chat/sequencer.ts'
import type { StoredMarks } from '../../chat/stored-marks.ts'
import type { DurableLog, LoggedRecord } from '../../logs/log.ts'
import type { ChatMessage } from '../../protocol/message.ts'
import type { Store } from '../../stores/store.ts'
import type { Patience } from '../patience.ts'
import { type StoredBelow, warmUp } from '../warm-up.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { PersisterMetrics } from './metrics.ts'

export interface WriterParts {
  readonly knobs: { readonly persistBatchRows: number; readonly persistBatchMs: number }
  readonly log: DurableLog
  readonly store: Pick<Store, 'appendMessages'>
  readonly sequencer: Sequencer
  readonly deadLetters: DeadLetters
  readonly patience: Patience
  readonly metrics: PersisterMetrics
  readonly logger: Logger
  readonly cache: RecentCache
  readonly storedMarks?: StoredMarks
}

/** What a persister has not been given yet others have stored, and committed after that. */
const storedUpTo = async (firstOffsets: StoredBelow) => firstOffsets

/** Brings records of the log into the store: places, batches, dead letters. */
export class BatchWriter {
  readonly #parts: WriterParts

  constructor(parts: WriterParts) {
    this.#parts = parts
  }

  /**
   * Resolves when everything in the records is durable in the store, or in `chat.dead`. A small batch is held
   * until `persistBatchMs` have passed, while the next one gathers in the log: few large writes.
   * Rejects only when the persister gives up.
   */
  async write(records: readonly LoggedRecord[]): Promise<void> {
    const { sequencer, deadLetters, patience, log, knobs } = this.#parts
    const startMs = performance.now()
    await patience.keepTrying('log', (gaveUp) => warmUp(log, sequencer, records, gaveUp, storedUpTo))
    let taken = 0
    for (let first = 0; first < records.length; first += knobs.persistBatchRows) {
      // Taken one write at a time: what the store refuses must not be in the chain of the next write.
      const messages = await sequencer.take(records.slice(first, first + knobs.persistBatchRows))
      if (messages.length > 0) await this.#store(messages)
      taken += messages.length
    }
    await patience.keepTrying('log', () => deadLetters.flush())
    if (taken >= knobs.persistBatchRows) return
    await patience.gather(knobs.persistBatchMs - (performance.now() - startMs))
  }

  async #store(messages: readonly ChatMessage[]): Promise<void> {
    const { store, sequencer, patience, metrics, logger, cache } = this.#parts
    const { refused } = await patience.keepTrying('store', () => store.appendMessages(messages))
    metrics.batchRows.observe(messages.length)
    metrics.persisted.inc(messages.length - refused.length)
    const storedAtMs = Date.now()
    for (const { acceptedAtMs } of messages) metrics.persist.observeMs(storedAtMs - acceptedAtMs)
    this.#mark(messages, refused, storedAtMs)
    await cache.put(refused.length === 0 ? messages : messages.filter((message) => !refused.includes(message)))
    if (refused.length === 0) return
    sequencer.refused(refused)
    metrics.refused.inc(refused.length)
    const [first] = refused
    logger.warn({ count: refused.length, roomId: first!.roomId, seq: first!.seq }, 'stored before under another seq')
  }

  #mark(messages: readonly ChatMessage[], refused: readonly ChatMessage[], storedAtMs: number): void {
    const { storedMarks } = this.#parts
    if (storedMarks === undefined) return
    for (const message of messages)
      if (message.sentAtMs !== undefined && !refused.includes(message)) storedMarks.add(message.sentAtMs, storedAtMs)
  }
}
