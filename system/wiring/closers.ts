import type { Logger } from 'pino'

/** What has to be closed, in the order it was opened. Closing goes backwards and never stops at an error. */
export class Closers {
  readonly #closers: { readonly name: string; readonly close: () => Promise<void> }[] = []
  readonly #logger: Logger

  constructor(logger: Logger) {
    this.#logger = logger
  }

  add(name: string, close: () => Promise<void>): void {
    this.#closers.push({ name, close })
  }

  /** Safe to call again: what was closed is forgotten. */
  async close(): Promise<void> {
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      try {
        await closer.close()
      } catch (error) {
        this.#logger.error({ err: error, part: closer.name }, 'could not close')
      }
    }
  }
}
