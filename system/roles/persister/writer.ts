import type { Logger } from 'pino'
import type { Sequencer } from '../../chat/sequencer.ts'
import type { DurableLog, LoggedRecord } from '../../logs/log.ts'
import type { ChatMessage } from '../../protocol/message.ts'
import type { Store } from '../../stores/store.ts'
import type { DeadLetters } from './dead-letters.ts'
import type { PersisterMetrics } from './metrics.ts'
import type { Patience } from './patience.ts'
import { warmUp } from './warm-up.ts'

export interface WriterParts {
  readonly knobs: { readonly persistBatchRows: number; readonly persistBatchMs: number }
  readonly log: DurableLog
  readonly store: Pick<Store, 'appendMessages'>
  readonly sequencer: Sequencer
  readonly deadLetters: DeadLetters
  readonly patience: Patience
  readonly metrics: PersisterMetrics
  readonly logger: Logger
}

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
    await patience.keepTrying('log', () => warmUp(log, sequencer, records))
    const messages = await sequencer.take(records)
    for (let first = 0; first < messages.length; first += knobs.persistBatchRows) {
      await this.#store(messages.slice(first, first + knobs.persistBatchRows))
    }
    await patience.keepTrying('log', () => deadLetters.flush())
    if (messages.length >= knobs.persistBatchRows) return
    await patience.gather(knobs.persistBatchMs - (performance.now() - startMs))
  }

  async #store(messages: readonly ChatMessage[]): Promise<void> {
    const { store, patience, metrics, logger } = this.#parts
    const { refused } = await patience.keepTrying('store', () => store.appendMessages(messages))
    metrics.batchRows.observe(messages.length)
    metrics.persisted.inc(messages.length - refused.length)
    const storedAtMs = Date.now()
    for (const { acceptedAtMs } of messages) metrics.persistSeconds.observe((storedAtMs - acceptedAtMs) / 1_000)
    if (refused.length === 0) return
    metrics.refused.inc(refused.length)
    const [first] = refused
    logger.warn({ count: refused.length, roomId: first!.roomId, seq: first!.seq }, 'stored before under another seq')
  }
}
