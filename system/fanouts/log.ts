import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { persistGroup, topics } from '../chat/record.ts'
import { Sequencer, warmStart } from '../chat/sequencer.ts'
import type { DurableLog, LoggedRecord, LogReader, OnTrouble } from '../logs/log.ts'
import { ReaderTrouble } from '../logs/reader-trouble.ts'
import type { ChatMessage, Signal } from '../protocol/message.ts'
import type { Store } from '../stores/store.ts'
import type { Fanout, FanoutGuarantees, FanoutHandler, FanoutSubscription } from './fanout.ts'
import { LogSignals } from './log-signals.ts'
import { Subscribers } from './subscribers.ts'

export interface LogFanoutParts {
  readonly log: DurableLog
  readonly store: Pick<Store, 'logEpoch' | 'lastSeqs'>
  readonly partitions: number
  readonly logger: Logger
}

/** While the store cannot say where rooms stand, new messages wait and it is asked again after this. */
const storePauseMs = 200
/** A start whose warm-up takes longer goes on without: the oldest records may be gone by retention. */
const warmLimitMs = 15_000

/**
 * Fan-out fed by the log: one reader a process takes every record of `chat.messages`, gives it its place and
 * hands it to all subscribers; signals travel through `chat.signals`.
 *
 * Start: the log is read from where the persister stands, less what fills the window of identities. Records
 * below the log's end at that moment are sequenced but not handed over.
 */
export function openLogFanout(parts: LogFanoutParts): Fanout {
  return new LogFanout(parts)
}

class LogFanout implements Fanout {
  readonly guarantees: FanoutGuarantees = { source: 'log', crossProcess: true }
  readonly #parts: LogFanoutParts
  readonly #subscribers = new Subscribers()
  readonly #signals: LogSignals
  readonly #closing = new AbortController()
  readonly #readers: LogReader[] = []
  readonly #troubles: ReaderTrouble[] = []
  #storeTrouble: string | undefined
  #started: Promise<void> | undefined
  #sequencer: Sequencer | undefined

  constructor(parts: LogFanoutParts) {
    this.#parts = parts
    this.#signals = new LogSignals(parts, this.#subscribers)
  }

  async subscribe(handler: FanoutHandler): Promise<FanoutSubscription> {
    const subscription = this.#subscribers.add(handler)
    this.#started ??= this.#start()
    try {
      await this.#started
    } catch (error) {
      this.#started = undefined
      await subscription.close()
      throw error
    }
    return subscription
  }

  publish(): void {
    throw new TypeError('a fan-out fed by the log reads it itself: nothing is published to it')
  }

  signal(signals: readonly Signal[]): Promise<void> {
    return this.#signals.send(signals)
  }

  /** Every room's messages come. */
  follow(): undefined {
    return undefined
  }

  unfollow(): void {}

  lastSeq(roomId: string): number | undefined {
    return this.#sequencer?.lastSeq(roomId)
  }

  unready(): string[] {
    const store = this.#storeTrouble === undefined ? [] : [`store: ${this.#storeTrouble}`]
    return [...this.#signals.reasons(), ...this.#troubles.flatMap((trouble) => trouble.reasons()), ...store]
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#subscribers.clear()
    await Promise.all([this.#signals.stop(), ...this.#readers.map((reader) => reader.close())])
  }

  async #start(): Promise<void> {
    try {
      await this.#signals.start()
      await this.#readMessages()
    } catch (error) {
      await Promise.all(this.#readers.splice(0).map((reader) => reader.close()))
      this.#troubles.length = 0
      await this.#signals.stop()
      throw error
    }
  }

  async #readMessages(): Promise<void> {
    const { log, store, partitions } = this.#parts
    const topic = await log.openTopic(topics.messages, partitions)
    this.#sequencer = new Sequencer({
      epoch: await store.logEpoch(topic.id),
      lastSeqs: (positions) => this.#patiently(() => store.lastSeqs(positions)),
      // The persister files it; a gateway has nothing to deliver.
      onDead: () => {},
    })
    const feed = new Feed(
      this.#sequencer,
      await log.committedOffsets(topics.messages, persistGroup),
      await log.endOffsets(topics.messages),
      (messages) => this.#subscribers.messages(messages),
    )
    const take = (records: readonly LoggedRecord[]) => feed.take(records)
    this.#keep(await log.tail(topics.messages, feed.from, take, this.#watch()))
    const limit = sleep(warmLimitMs, undefined, { ref: false, signal: this.#closing.signal }).catch(() => {})
    await Promise.race([feed.warmed, limit])
  }

  #watch(): OnTrouble {
    const trouble = new ReaderTrouble(this.#parts.logger)
    this.#troubles.push(trouble)
    return (error) => trouble.tell(error)
  }

  #keep(reader: LogReader): void {
    this.#readers.push(reader)
    reader.failed.catch((error) => this.#subscribers.fail(error))
  }

  async #patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
    for (;;) {
      try {
        const answer = await ask()
        this.#storeTrouble = undefined
        return answer
      } catch (error) {
        if (this.#closing.signal.aborted) throw error
        this.#storeTrouble = error instanceof Error ? error.message : String(error)
        await sleep(storePauseMs)
      }
    }
  }
}

/** What happens to the records of `chat.messages`, from the warm-up on. */
class Feed {
  readonly from: ReadonlyMap<number, number>
  /** Resolves when everything that was in the log at the start has been sequenced. */
  readonly warmed: Promise<void>
  readonly #sequencer: Sequencer
  readonly #committed: ReadonlyMap<number, number>
  /** Ends at the start, by partition, until they are reached. */
  readonly #ends: Map<number, number>
  readonly #deliver: (messages: readonly ChatMessage[]) => void
  readonly #onWarmed: () => void

  constructor(
    sequencer: Sequencer,
    committed: ReadonlyMap<number, number>,
    ends: ReadonlyMap<number, number>,
    deliver: (messages: readonly ChatMessage[]) => void,
  ) {
    this.#sequencer = sequencer
    this.#committed = committed
    this.#deliver = deliver
    const positions = [...ends.keys()].map((partition) => [partition, committed.get(partition) ?? 0] as const)
    this.from = new Map(positions.map(([partition, position]) => [partition, warmStart(position)]))
    this.#ends = new Map([...ends].filter(([partition, end]) => end > this.from.get(partition)!))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.warmed = promise
    this.#onWarmed = resolve
    if (this.#ends.size === 0) resolve()
  }

  async take(records: readonly LoggedRecord[]): Promise<void> {
    const fresh = this.#ends.size === 0 ? records : await this.#warm(records)
    if (fresh.length === 0) return
    const messages = await this.#sequencer.take(fresh)
    if (messages.length > 0) this.#deliver(messages)
  }

  /** Takes what is below the ends, and returns the rest. */
  async #warm(records: readonly LoggedRecord[]): Promise<readonly LoggedRecord[]> {
    const {
      stored = [],
      pending = [],
      fresh = [],
    } = Object.groupBy(records, ({ partition, offset }) => {
      if (offset < (this.#committed.get(partition) ?? 0)) return 'stored'
      return offset < (this.#ends.get(partition) ?? 0) ? 'pending' : 'fresh'
    })
    this.#sequencer.warm(stored)
    await this.#sequencer.take(pending)
    for (const { partition, offset } of records) {
      if (offset + 1 >= (this.#ends.get(partition) ?? Number.POSITIVE_INFINITY)) this.#ends.delete(partition)
    }
    if (this.#ends.size === 0) this.#onWarmed()
    return fresh
  }
}
