import { persistGroup, topics } from '../../chat/record.ts'
import { Sequencer } from '../../chat/sequencer.ts'
import type { DurableLog, LoggedRecord, LogReader } from '../../logs/log.ts'
import { ReaderTrouble } from '../../logs/reader-trouble.ts'
import { Patience } from '../patience.ts'
import type { RoleContext, RunningRole, StartPersister } from '../role.ts'
import { DeadLetters } from './dead-letters.ts'
import { Lag } from './lag.ts'
import { PersisterMetrics } from './metrics.ts'
import { BatchWriter } from './writer.ts'

/**
 * Reads the message log as a member of group `persist`, gives each record its place and writes the messages to
 * the store in batches; offsets are committed after the store has them. Several persisters share the partitions.
 *
 * A store or a log that is down is waited for without end: what is accepted is in the log and stays there.
 */
export const startPersister: StartPersister = async (context, onStarted) => {
  const { edition, store, logger, metrics: registry } = context
  const log = logOf(context)
  const topic = await log.openTopic(topics.messages, edition.knobs.partitions)
  await log.openTopic(topics.dead, 1)
  const patience = new Patience(logger)
  const metrics = new PersisterMetrics(registry)
  const deadLetters = new DeadLetters(log, logger)
  const sequencer = new Sequencer({
    epoch: await store.logEpoch(topic.id),
    lastSeqs: (positions) => patience.keepTrying('store', () => store.lastSeqs(positions)),
    onDead: (record, reason) => deadLetters.add(record, reason),
  })
  const writer = new BatchWriter({
    knobs: edition.knobs,
    log,
    store,
    sequencer,
    deadLetters,
    patience,
    metrics,
    logger,
    cache: context.cache,
    storedMarks: context.storedMarks,
  })
  const lag = new Lag(log, metrics)
  const trouble = new ReaderTrouble(logger)
  let start = onStarted
  const write = async (records: readonly LoggedRecord[]) => {
    await writer.write(records)
    start?.()
    start = undefined
  }
  const reader = await log.consume(topics.messages, persistGroup, write, (error) => trouble.tell(error))
  return new Persister(reader, patience, [patience, trouble, lag], () => lag.stop())
}

/** Says why the role cannot do its work now. */
interface Watched {
  reasons(): string[]
}

class Persister implements RunningRole {
  readonly failed: Promise<never>
  readonly #reader: LogReader
  readonly #patience: Patience
  readonly #watched: readonly Watched[]
  readonly #stopLag: () => void

  constructor(reader: LogReader, patience: Patience, watched: readonly Watched[], stopLag: () => void) {
    this.#reader = reader
    this.#patience = patience
    this.#watched = watched
    this.#stopLag = stopLag
    this.failed = reader.failed
  }

  async unready(): Promise<string[]> {
    return this.#watched.flatMap((part) => part.reasons())
  }

  /** Finishes the batch under way and commits it, then leaves the group; after the deadline the batch is dropped. */
  async drain(deadlineMs: number): Promise<void> {
    const deadline = setTimeout(() => this.#patience.giveUp(), deadlineMs)
    this.#patience.hurry()
    await this.#reader.close()
    clearTimeout(deadline)
    this.#stopLag()
  }

  async close(): Promise<void> {
    // First no further batches: one given up would be handed over again.
    const closed = this.#reader.close()
    this.#patience.giveUp()
    this.#stopLag()
    await closed
  }
}

function logOf(context: RoleContext): DurableLog {
  if (context.log !== undefined) return context.log
  throw new TypeError(`edition ${context.edition.name} has no log to persist: start it without the role persister`)
}
