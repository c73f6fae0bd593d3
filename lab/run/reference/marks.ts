type Mark = readonly [sentAtMs: number, storedAtMs: number]

/** A persister as it runs at the moment. */
export interface MarkSource {
  /** Another value after each start. */
  readonly incarnation: unknown
  /** Asks its internal server. */
  get(path: string): Promise<Response>
}

/** Follows the stored marks of one persister, from the first again after each start. */
export class MarkFeed {
  readonly #source: () => MarkSource | null
  #followed: unknown = null
  #next = 0

  /** `source` gives null while it does not run. */
  constructor(source: () => MarkSource | null) {
    this.#source = source
  }

  /** Empty while it does not answer: what was not fetched is fetched the next time. */
  async fetch(): Promise<readonly Mark[]> {
    const source = this.#source()
    if (source === null) return []
    if (source.incarnation !== this.#followed) this.#next = 0
    this.#followed = source.incarnation
    try {
      const answer = await source.get(`/internal/stored-marks?from=${this.#next}`)
      if (!answer.ok) return []
      const { marks, next } = (await answer.json()) as { marks: Mark[]; next: number }
      this.#next = next
      return marks
    } catch {
      return []
    }
  }
}
