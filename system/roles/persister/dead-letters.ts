import type { Logger } from 'pino'
import { topics } from '../../chat/record.ts'
import type { PlacedRecord } from '../../chat/sequencer.ts'
import type { DurableLog } from '../../logs/log.ts'

/** Files records that are no messages in topic `chat.dead`, as JSON: where they stood, why, and their bytes. */
export class DeadLetters {
  readonly #log: DurableLog
  readonly #logger: Logger
  #letters: { readonly key: string; readonly value: Uint8Array }[] = []

  constructor(log: DurableLog, logger: Logger) {
    this.#log = log
    this.#logger = logger
  }

  add({ key, value, partition, offset }: PlacedRecord, reason: Error): void {
    this.#logger.warn({ partition, offset, reason: reason.message }, 'a record is no message: filed in chat.dead')
    const original = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
    const letter = { v: 1, topic: topics.messages, partition, offset, error: reason.message, key, original }
    this.#letters.push({ key, value: Buffer.from(JSON.stringify(letter)) })
  }

  /** Resolves when every letter is durable. Rejects as the log does; the letters are kept then. */
  async flush(): Promise<void> {
    if (this.#letters.length === 0) return
    await this.#log.append(topics.dead, this.#letters)
    this.#letters = []
  }
}
