import type { Logger } from 'pino'
import { decodeSignal, encodeSignal, topics } from '../chat/record.ts'
import type { DurableLog, LoggedRecord, LogReader } from '../logs/log.ts'
import { ReaderTrouble } from '../logs/reader-trouble.ts'
import type { Signal } from '../protocol/message.ts'
import type { Subscribers } from './subscribers.ts'

export interface LogSignalsParts {
  readonly log: DurableLog
  readonly partitions: number
  readonly logger: Logger
}

/**
 * Signals through the topic `chat.signals`, which every process reads. Also for fan-outs whose messages go another way:
 * a MEMBER event that is lost would leave a removed member listening.
 */
export class LogSignals {
  readonly #parts: LogSignalsParts
  readonly #subscribers: Subscribers
  readonly #trouble: ReaderTrouble
  #reader: LogReader | undefined
  #outbox: Signal[] = []
  #sending: Promise<void> | undefined

  constructor(parts: LogSignalsParts, subscribers: Subscribers) {
    this.#parts = parts
    this.#subscribers = subscribers
    this.#trouble = new ReaderTrouble(parts.logger)
  }

  /** Resolves when everything sent from now on comes. */
  async start(): Promise<void> {
    const { log, partitions } = this.#parts
    await log.openTopic(topics.signals, partitions)
    const take = (records: readonly LoggedRecord[]) => {
      const signals = records.flatMap(readSignal)
      if (signals.length > 0) this.#subscribers.signals(signals)
    }
    this.#reader = await log.tail(topics.signals, new Map(), take, (error) => this.#trouble.tell(error))
    this.#reader.failed.catch((error) => this.#subscribers.fail(error))
  }

  /** Resolves when the signals are in the log or lost; several calls share one append. */
  async send(signals: readonly Signal[]): Promise<void> {
    if (signals.length === 0) return
    this.#outbox.push(...signals)
    this.#sending ??= this.#append().finally(() => {
      this.#sending = undefined
    })
    await this.#sending
  }

  reasons(): string[] {
    return this.#trouble.reasons()
  }

  async stop(): Promise<void> {
    await this.#reader?.close()
    this.#reader = undefined
  }

  async #append(): Promise<void> {
    await Promise.resolve()
    while (this.#outbox.length > 0) {
      const signals = this.#outbox
      this.#outbox = []
      try {
        await this.#parts.log.append(
          topics.signals,
          signals.map((signal) => ({ key: signal.roomId, value: encodeSignal(signal) })),
        )
      } catch (error) {
        const { logger } = this.#parts
        logger.warn({ err: error, signals: signals.length }, 'signals were lost: the log did not take them')
      }
    }
  }
}

function readSignal(record: LoggedRecord): Signal[] {
  try {
    return [decodeSignal(record.value)]
  } catch {
    // Best effort by contract: what cannot be read is told to nobody.
    return []
  }
}
