import type { Logger } from 'pino'
import type { LogError } from './log.ts'

/** A trouble that lasts comes with every try: it is written at its start, then at most once in this time. */
const writeEveryMs = 10_000

/** What keeps a reader from reading, as the log tells it. */
export class ReaderTrouble {
  readonly #logger: Logger
  #error: LogError | undefined
  #writtenMs = Number.NEGATIVE_INFINITY
  #unwritten = 0

  constructor(logger: Logger) {
    this.#logger = logger
  }

  reasons(): string[] {
    return this.#error === undefined ? [] : [`log: ${this.#error.message}`]
  }

  /** Undefined: it reads again. */
  tell(error: LogError | undefined): void {
    this.#error = error
    if (error === undefined) return
    const nowMs = performance.now()
    if (nowMs - this.#writtenMs < writeEveryMs) {
      this.#unwritten += 1
      return
    }
    this.#logger.warn({ err: error, unwritten: this.#unwritten }, 'the log cannot be read, trying again')
    this.#writtenMs = nowMs
    this.#unwritten = 0
  }
}
