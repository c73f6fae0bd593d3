import type { Accepted } from './pipeline.ts'

/** Identities of one generation; a place is remembered for one to two generations. */
const generationIdentities = 50_000

/**
 * Where messages stand whose identity was seen lately: at least the last 50,000 of this gateway and of what the
 * fan-out brought, at most twice that. A repeat that comes later is appended again and dropped by the sequencer
 * or refused by the store.
 */
export class Places {
  #current = new Map<string, Accepted>()
  #previous = new Map<string, Accepted>()

  get(identity: string): Accepted | undefined {
    return this.#current.get(identity) ?? this.#previous.get(identity)
  }

  /** The first place an identity got is its place. */
  add(identity: string, place: Accepted): void {
    if (this.get(identity) !== undefined) return
    this.#current.set(identity, place)
    if (this.#current.size < generationIdentities) return
    this.#previous = this.#current
    this.#current = new Map()
  }
}
