import type { Store, StoreGuarantees } from '../store.ts'

/** A store with nothing in it. */
export interface FreshStore {
  readonly store: Store
  /** What `openStore` was given. */
  readonly url: string
  /** Opens the same data once more, as another process would. */
  another(): Promise<Store>
  /** Closes what was opened and deletes the data. */
  dispose(): Promise<void>
}

/** One promise of the contract, as a sentence, and the proof of it. `run` gets a fresh store of its own. */
export interface StoreCase {
  readonly name: string
  /** Whether a driver with these guarantees makes the promise; all do where it is missing. */
  readonly promisedBy?: (guarantees: StoreGuarantees) => boolean
  readonly run: (fresh: FreshStore) => Promise<void>
}
