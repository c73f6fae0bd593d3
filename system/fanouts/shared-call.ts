/** One call under way at a time; who asks meanwhile shares the next one, so that its result is never from before. */
export class SharedCall<T> {
  readonly #call: () => Promise<T>
  #running: Promise<unknown> = Promise.resolve()
  #next: Promise<T> | undefined

  constructor(call: () => Promise<T>) {
    this.#call = call
  }

  start(): Promise<T> {
    if (this.#next) return this.#next
    const next = this.#running.then(() => {
      this.#next = undefined
      return this.#call()
    })
    this.#next = next
    this.#running = next.catch(() => undefined)
    return next
  }
}
