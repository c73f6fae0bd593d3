import type { LogReader } from '../log.ts'

/** The readers a log has handed out and nobody has closed yet. */
export class OpenReaders {
  readonly #open = new Set<LogReader>()

  get size(): number {
    return this.#open.size
  }

  /** The same reader, which is forgotten when it is closed. */
  keep(reader: LogReader): LogReader {
    const kept: LogReader = {
      failed: reader.failed,
      close: async () => {
        await reader.close()
        this.#open.delete(kept)
      },
    }
    this.#open.add(kept)
    return kept
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((reader) => reader.close()))
  }
}
