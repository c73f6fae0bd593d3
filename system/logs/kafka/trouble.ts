import type { LogError, OnTrouble } from '../log.ts'

/** What keeps a reader from reading, told on as it comes; that it is over is told once. */
export class Trouble {
  readonly #tell: OnTrouble
  #lasts = false

  constructor(tell: OnTrouble = () => {}) {
    this.#tell = tell
  }

  tell(error: LogError): void {
    this.#lasts = true
    this.#tell(error)
  }

  /** Cheap to call for each answer. */
  over(): void {
    if (!this.#lasts) return
    this.#lasts = false
    this.#tell(undefined)
  }
}
