import { type Store, StoreError } from '../stores/store.ts'

/** How long the disk may stay full: space that a purge or a person frees within it is found without a restart. */
const patienceMs = 10_000

const writes: readonly PropertyKey[] = ['appendDrafts', 'appendMessages']

/**
 * Hears how the writes of a store end, and fails once its disk has been full for too long (reference-system.md 3.11:
 * the process exits non-zero). Nothing accepted is lost by that: what was acknowledged is durable in the log or in the
 * store, and everything else is sent again by who sent it.
 */
export class FullDisk {
  readonly store: Store
  /** Rejects with STORE-FULL; never resolves. */
  readonly failed: Promise<never>
  readonly #fail: (error: StoreError) => void
  readonly #now: () => number
  #sinceMs: number | null = null

  constructor(store: Store, now = () => performance.now()) {
    const { promise, reject } = Promise.withResolvers<never>()
    this.failed = promise
    this.failed.catch(() => undefined)
    this.#fail = reject
    this.#now = now
    this.store = new Proxy(store, { get: (target, name) => this.#member(target, name) })
  }

  /** Bound to the store itself: its private fields are not the proxy's. */
  #member(store: Store, name: PropertyKey): unknown {
    const member: unknown = Reflect.get(store, name, store)
    if (typeof member !== 'function') return member
    const method = member.bind(store)
    return writes.includes(name) ? (rows: unknown) => this.#heard(method(rows)) : method
  }

  async #heard<Answer>(write: Promise<Answer>): Promise<Answer> {
    try {
      const answer = await write
      this.#sinceMs = null
      return answer
    } catch (error) {
      if (error instanceof StoreError && error.code === 'STORE-FULL') this.#full(error)
      throw error
    }
  }

  #full(cause: StoreError): void {
    this.#sinceMs ??= this.#now()
    if (this.#now() - this.#sinceMs < patienceMs) return
    const text = `the disk of the store is still full after ${patienceMs / 1_000} s: ${cause.message}`
    this.#fail(new StoreError('STORE-FULL', text, { effect: 'indefinite', retryable: true, cause }))
  }
}
