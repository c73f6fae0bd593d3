import { formatCount } from '../../reports/format.ts'
import { type LedgerResult, ledgerCounters } from '../../reports/schema/result.ts'
import type { Fleet } from '../../scenarios/plan.ts'
import type { StoredRow } from '../audit/reader.ts'
import type { GeneratorSums, MessageIdentity } from '../measure/generator.ts'
import { bit, flag, hasFlag, type LedgerFile } from './file.ts'

type CounterName = (typeof ledgerCounters)[number]

/** How the reading of the store ended. */
export interface AuditOutcome {
  readonly complete: boolean
  readonly reader: string
  readonly durationMs: number
  readonly problem: string | null
}

/** What a durable log said of itself; `count` is null where there is none or nobody could tell, `note` says which. */
export interface LogCount {
  readonly count: number | null
  readonly note: string
}

export interface Reconciled {
  readonly ledger: LedgerResult
  /** Messages that the system refused for good and stored all the same. */
  readonly refusedYetStored: number
}

const invariants: Readonly<Record<CounterName, string>> = {
  lost_after_ack: 'every acked message is persisted',
  undelivered: 'every acked message reached every member subscribed at the time',
  delivered_unsaved: 'nothing is delivered that is not persisted once the drain is over',
  duplicate_deliveries: 'nobody gets a message twice',
  duplicate_rows: 'nothing is stored twice',
  reordered: 'within a room every receiver sees sequence numbers rise',
  order_mismatch: 'stored order is delivered order',
  corrupted: 'content comes back as sent (checksum)',
}

/** Counters that only the store can settle. */
const fromStore: readonly CounterName[] = [
  'lost_after_ack',
  'delivered_unsaved',
  'duplicate_rows',
  'order_mismatch',
  'corrupted',
]

/** Counters of deliveries, which only the generator could see; all others count messages. */
const fromGenerator = ['duplicate_deliveries', 'reordered'] as const

class Tally {
  count = 0
  readonly examples: MessageIdentity[] = []

  add(identity: MessageIdentity, times = 1): void {
    this.count += times
    if (this.examples.length < 5) this.examples.push(identity)
  }
}

/**
 * Sets the generator's ledger against the rows of the store (measuring.md section 4). Feed it every row in any order,
 * then `finish` it once. `undelivered` counts messages, whatever the number of members that missed them.
 */
export class Reconciliation {
  readonly #ledger: LedgerFile
  readonly #members: readonly number[]
  readonly #roomIndex: ReadonlyMap<string, number>
  readonly #storedTimes: Uint8Array
  readonly #storedSeq: Float64Array
  readonly #tallies = Object.fromEntries(ledgerCounters.map((name) => [name, new Tally()])) as Record<
    CounterName,
    Tally
  >
  readonly #history: number
  #rowsRead = 0
  #historyRows = 0
  #foreignRows = 0

  /** `history` = messages that were stored before the run: their rows are counted and belong to no counter of it. */
  constructor(ledger: LedgerFile, rooms: Fleet['rooms'], history = 0) {
    this.#ledger = ledger
    this.#history = history
    this.#members = rooms.map((room) => room.members.length)
    this.#roomIndex = new Map(rooms.map((room, index) => [room.id, index]))
    this.#storedTimes = new Uint8Array(ledger.messages)
    this.#storedSeq = new Float64Array(ledger.messages)
  }

  add(rows: readonly StoredRow[]): void {
    for (const row of rows) {
      if (this.#isHistory(row.clientMessageId)) {
        this.#historyRows++
        continue
      }
      this.#rowsRead++
      const k = this.#indexOf(row.clientMessageId)
      if (k === null) this.#foreignRows++
      else this.#book(k, row)
    }
  }

  /** Named as the seeding names them; no generator's message can be. */
  #isHistory(clientMessageId: string): boolean {
    const index = /^history-(\d+)$/.exec(clientMessageId)?.[1]
    return index !== undefined && Number(index) < this.#history
  }

  /** Null for rows this generator never wrote. */
  #indexOf(clientMessageId: string): number | null {
    const parts = /^(\d+)-(\d+)-(\d+)$/.exec(clientMessageId)
    if (parts === null || Number(parts[1]) !== this.#ledger.generator) return null
    const k = Number(parts[3])
    return k < this.#ledger.messages && this.#ledger.room[k] === Number(parts[2]) ? k : null
  }

  #book(k: number, row: StoredRow): void {
    // A row in another room than its message was sent to does not save the message: it is a changed one.
    const misplaced = this.#roomIndex.get(row.roomId) !== this.#ledger.room[k]
    const changed = row.bodyCrc32 !== this.#ledger.crc[k]
    // What arrived changed is counted once, in the walk over all messages.
    if ((misplaced || changed) && !hasFlag(this.#ledger, k, flag.wrongBody))
      this.#tallies.corrupted.add(this.#identity(k))
    if (misplaced) return
    if (this.#storedTimes[k]! > 0) this.#tallies.duplicate_rows.add(this.#identity(k))
    if (this.#storedTimes[k]! < 255) this.#storedTimes[k]!++
    if (this.#storedSeq[k] === 0) this.#storedSeq[k] = row.seq
  }

  #identity(k: number): MessageIdentity {
    return { generator: this.#ledger.generator, room: this.#ledger.room[k]!, k }
  }

  /** `generator` is null when it left no sums: then what only it could count is unknown. */
  finish(generator: GeneratorSums | null, audit: AuditOutcome, logged: LogCount): Reconciled {
    const sums = this.#walk()
    this.#compareOrders()
    for (const name of fromGenerator) {
      const seen = generator?.counters[name]
      if (seen !== undefined) this.#mergeCounter(name, seen)
    }
    const settled = (name: CounterName) => {
      if (!audit.complete && fromStore.includes(name)) return false
      return generator !== null || !(fromGenerator as readonly CounterName[]).includes(name)
    }
    const { refusedYetStored, ...counts } = sums
    return {
      refusedYetStored: audit.complete ? refusedYetStored : 0,
      ledger: {
        funnel: this.#funnel(counts, audit.complete, logged),
        counters: ledgerCounters.map((name) => ({
          name,
          invariant: invariants[name],
          count: settled(name) ? this.#tallies[name].count : null,
          examples: this.#tallies[name].examples,
        })),
        indeterminate: {
          count: counts.indeterminate,
          stored: audit.complete ? counts.indeterminateStored : null,
          notStored: audit.complete ? counts.indeterminate - counts.indeterminateStored : null,
        },
        audit: {
          ...audit,
          rowsRead: this.#rowsRead,
          foreignRows: this.#foreignRows,
          historyRows: this.#historyRows,
        },
      },
    }
  }

  #mergeCounter(name: CounterName, seen: GeneratorSums['counters']['reordered']): void {
    const tally = this.#tallies[name]
    const kept = tally.examples.splice(0)
    tally.count += seen.count
    tally.examples.push(...[...seen.examples, ...kept].slice(0, 5))
  }

  #walk() {
    const ledger = this.#ledger
    const sums = {
      sent: 0,
      acked: 0,
      persisted: 0,
      deliveredToAll: 0,
      deliveries: 0,
      indeterminate: 0,
      indeterminateStored: 0,
      refusedYetStored: 0,
    }
    for (let k = 0; k < ledger.messages; k++) {
      const flags = ledger.flags[k]!
      const stored = this.#storedTimes[k]! > 0
      const acked = (flags & flag.acked) !== 0
      const refused = (flags & flag.refused) !== 0
      const { missing, got } = this.#receivers(k)
      if (flags & flag.sent) sums.sent++
      if (acked) sums.acked++
      if (stored) sums.persisted++
      sums.deliveries += got
      if (got > 0 && missing === 0) sums.deliveredToAll++
      if (acked && !stored) this.#tallies.lost_after_ack.add(this.#identity(k))
      if (acked && missing > 0) this.#tallies.undelivered.add(this.#identity(k))
      if (got > 0 && !stored) this.#tallies.delivered_unsaved.add(this.#identity(k))
      if (flags & flag.wrongBody) this.#tallies.corrupted.add(this.#identity(k))
      if (refused && stored) sums.refusedYetStored++
      if (flags & flag.sent && !acked && !refused) {
        sums.indeterminate++
        if (stored) sums.indeterminateStored++
      }
    }
    return sums
  }

  #receivers(k: number): { missing: number; got: number } {
    const { delivered, excused, maxMembers, room } = this.#ledger
    const members = this.#members[room[k]!] ?? 0
    let got = 0
    let missing = 0
    for (let member = 0; member < members; member++) {
      if (bit(delivered, maxMembers, k, member)) got++
      else if (excused === null || !bit(excused, maxMembers, k, member)) missing++
    }
    return { missing, got }
  }

  /** Within a room, stored sequence numbers must rise when messages are put in the order of their delivered ones. */
  #compareOrders(): void {
    const { messages, room, seq } = this.#ledger
    const byRoom = new Map<number, number[]>()
    for (let k = 0; k < messages; k++) {
      if (hasFlag(this.#ledger, k, flag.seqsDiffer)) this.#tallies.order_mismatch.add(this.#identity(k))
      if (seq[k] === 0 || this.#storedSeq[k] === 0) continue
      const list = byRoom.get(room[k]!)
      if (list === undefined) byRoom.set(room[k]!, [k])
      else list.push(k)
    }
    for (const list of byRoom.values()) {
      list.sort((a, b) => seq[a]! - seq[b]!)
      for (let i = 1; i < list.length; i++)
        if (this.#storedSeq[list[i]!]! <= this.#storedSeq[list[i - 1]!]!)
          this.#tallies.order_mismatch.add(this.#identity(list[i]!))
    }
  }

  #funnel(
    sums: { sent: number; acked: number; persisted: number; deliveredToAll: number; deliveries: number },
    audited: boolean,
    logged: LogCount,
  ): LedgerResult['funnel'] {
    const notAudited = 'not known: the audit did not finish'
    return [
      { stage: 'intended', count: this.#ledger.messages, note: 'due by the profile, warm-up included' },
      { stage: 'sent', count: sums.sent, note: '' },
      { stage: 'acked', count: sums.acked, note: 'a RECEIPT means: this message is durable' },
      { stage: 'logged', ...logged },
      {
        stage: 'persisted',
        count: audited ? sums.persisted : null,
        note: audited ? 'read back from the store' : notAudited,
      },
      {
        stage: 'delivered',
        count: sums.deliveredToAll,
        note: `to every member; ${formatCount(sums.deliveries)} deliveries in all`,
      },
      { stage: 'searchable', count: null, note: 'no search in this edition' },
    ]
  }
}

/** The ledger of a run whose generator left none: nothing is known, so nothing is settled. */
export function emptyLedger(audit: AuditOutcome): LedgerResult {
  return {
    funnel: [],
    counters: ledgerCounters.map((name) => ({ name, invariant: invariants[name], count: null, examples: [] })),
    indeterminate: { count: 0, stored: null, notStored: null },
    audit: { ...audit, rowsRead: 0, foreignRows: 0, historyRows: 0 },
  }
}
