/** When a message was due by its sender's word (`sentAtMs`), and when the store had it: Unix milliseconds. */
export type StoredMark = [sentAtMs: number, storedAtMs: number]

/** A minute and a half of the hundred marks a second that the lab's load makes. */
const keptMarks = 10_000

/** The latest marks, numbered from 0, to be fetched by whoever measures; older ones are forgotten. */
export class StoredMarks {
  readonly #marks: StoredMark[] = []
  #count = 0

  add(sentAtMs: number, storedAtMs: number): void {
    this.#marks[this.#count++ % keptMarks] = [sentAtMs, storedAtMs]
  }

  /** Those numbered `from` and above that are still kept, and the number of the next one to come. */
  since(from: number): { marks: StoredMark[]; next: number } {
    const first = Math.max(from, this.#count - keptMarks)
    const marks = Array.from(
      { length: Math.max(0, this.#count - first) },
      (_, i) => this.#marks[(first + i) % keptMarks]!,
    )
    return { marks, next: this.#count }
  }
}
