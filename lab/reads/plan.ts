import { readKinds } from '../../reports/schema/result.ts'
import type { Fleet } from '../../scenarios/plan.ts'
import { endOf, type PhaseSpan } from '../judge/phases.ts'

export type ReadKind = (typeof readKinds)[number]

/** Rows of a page; the larger part of a screen's worth of chat. */
export const pageRows = 50

/** One read: what is asked when, and what a right answer holds. */
export interface PlannedRead {
  /** From the profile's start. */
  readonly dueMs: number
  readonly kind: ReadKind
  readonly path: string
  readonly token: string
  /** Rows that the answer must have at least; a deep page has exactly so many, all below `beforeSeq`. */
  readonly rows: number
  readonly beforeSeq: number | null
}

/** An absolute schedule over the measured phases: read j is a function of j and the seed alone. */
export class ReadPlan {
  readonly count: number
  readonly #fleet: Fleet
  readonly #perSecond: number
  readonly #seed: number
  readonly #spans: readonly PhaseSpan[]

  /** Every room of `fleet` must have a history. */
  constructor(fleet: Fleet, spans: readonly PhaseSpan[], perSecond: number, seed: number) {
    this.#fleet = fleet
    this.#perSecond = perSecond
    this.#seed = seed
    this.#spans = spans.filter((span) => span.measured)
    this.count = Math.floor(this.#spans.reduce((sum, span) => sum + span.durationS, 0) * perSecond)
  }

  at(j: number): PlannedRead {
    const kind = readKinds[j % readKinds.length]!
    const { id, members, historySeq = 0 } = this.#fleet.rooms[this.#draw(j, 1, this.#fleet.rooms.length)]!
    const { token } = this.#fleet.users[members[this.#draw(j, 2, members.length)]!]!
    const due = { dueMs: this.#dueMs(j), kind, token, beforeSeq: null }
    if (kind === 'roomList') return { ...due, path: `/v1/rooms?limit=${pageRows}`, rows: 1 }
    const rows = Math.min(pageRows, historySeq)
    const page = `/v1/rooms/${id}/messages?limit=${pageRows}`
    if (kind === 'firstPage') return { ...due, path: page, rows }
    // Anywhere in the history, so that no cache of a few pages can answer for the whole.
    const beforeSeq = rows + 1 + this.#draw(j, 3, historySeq - rows + 1)
    return { ...due, path: `${page}&before=${beforeSeq}`, rows, beforeSeq }
  }

  #dueMs(j: number): number {
    let left = (j * 1_000) / this.#perSecond
    for (const span of this.#spans) {
      if (left < span.durationS * 1_000) return span.startS * 1_000 + left
      left -= span.durationS * 1_000
    }
    return endOf(this.#spans.at(-1)!) * 1_000
  }

  /** 0 to below `n`: a hash of seed, index and purpose (finalizer of MurmurHash3, Appleby 2011). */
  #draw(j: number, purpose: number, n: number): number {
    let h = Math.imul(this.#seed ^ Math.imul(j, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(purpose, 0xc2b2ae35)
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
    return ((h ^ (h >>> 16)) >>> 0) % n
  }
}
