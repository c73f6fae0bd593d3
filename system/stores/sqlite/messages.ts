import type { StatementSync } from 'node:sqlite'
import type { ChatMessage } from '../../protocol/message.ts'
import { placeTaken } from '../place-taken.ts'
import { type MessageRow, messageFrom } from '../sql-rows.ts'
import type { Connection } from './connection.ts'
import { RoomCounters } from './counters.ts'
import { isConstraint } from './errors.ts'
import { draftColumns, type Value } from './rows.ts'

/** Places of a batch of drafts: `prevSeq` is one less than `seq`, for the counter has no gaps. `duplicates` holds the stored message for those that were there before. */
export interface PlacedDrafts {
  readonly seqs: readonly number[]
  readonly duplicates: readonly (readonly [index: number, stored: ChatMessage])[]
}

const columns =
  'room_id, id, sender_id, nickname, client_message_id, type, body, file_id, sent_at_ms, accepted_at_ms, seq, prev_seq'

/** The messages of the file. Every method is one transaction and may throw SQLite's busy error before it began. */
export class MessageTable {
  readonly #connection: Connection
  readonly #counters: RoomCounters
  readonly #insert: StatementSync
  readonly #byIdentity: StatementSync
  readonly #byPlace: StatementSync
  readonly #before: StatementSync
  readonly #after: StatementSync
  readonly #lastBelow: StatementSync

  constructor(connection: Connection) {
    this.#connection = connection
    this.#counters = new RoomCounters(connection)
    const { db } = connection
    this.#insert = db.prepare(`INSERT INTO message (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
    this.#byIdentity = db.prepare('SELECT * FROM message WHERE sender_id = ? AND client_message_id = ?')
    this.#byPlace = db.prepare('SELECT * FROM message WHERE room_id = ? AND seq = ?')
    this.#before = db.prepare('SELECT * FROM message WHERE room_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?')
    this.#after = db.prepare('SELECT * FROM message WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ?')
    this.#lastBelow = db.prepare('SELECT max(seq) AS seq FROM message WHERE room_id = ? AND seq < ?')
  }

  /** New identities are the rule: look-ups are only paid for once the unique key has refused the batch. */
  appendDrafts(flat: readonly Value[]): PlacedDrafts {
    return this.#insertOrLookUp((lookUp) => this.#placeDrafts(flat, lookUp))
  }

  /** Returns the indices of the messages refused because their identity has another place. */
  appendMessages(flat: readonly Value[], seqs: Float64Array, prevSeqs: Float64Array): number[] {
    return this.#insertOrLookUp((lookUp) => this.#storeMessages(flat, seqs, prevSeqs, lookUp))
  }

  readBefore(roomId: string, beforeSeq: number | undefined, limit: number): ChatMessage[] {
    return messagesFrom(this.#before.all(roomId, beforeSeq ?? Number.MAX_VALUE, limit))
  }

  readAfter(roomId: string, afterSeq: number, limit: number): ChatMessage[] {
    return messagesFrom(this.#after.all(roomId, afterSeq, limit))
  }

  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): number[] {
    return positions.map(
      ({ roomId, belowSeq }) => (this.#lastBelow.get(roomId, belowSeq) as { seq: number | null }).seq ?? 0,
    )
  }

  #insertOrLookUp<T>(work: (lookUp: boolean) => T): T {
    try {
      return this.#counted(() => work(false))
    } catch (error) {
      if (!isConstraint(error)) throw error
      return this.#counted(() => work(true))
    }
  }

  #counted<T>(work: () => T): T {
    try {
      return this.#connection.transaction(() => {
        this.#counters.begin()
        const result = work()
        this.#counters.write()
        return result
      })
    } catch (error) {
      this.#counters.forget()
      throw error
    }
  }

  #placeDrafts(flat: readonly Value[], lookUp: boolean): PlacedDrafts {
    const count = flat.length / draftColumns
    const seqs: number[] = []
    const duplicates: [number, ChatMessage][] = []
    for (let i = 0; i < count; i++) {
      const stored = lookUp ? this.#storedIdentity(flat, i) : undefined
      if (stored) {
        duplicates.push([i, messageFrom(stored)])
        seqs.push(stored.seq)
        continue
      }
      const roomId = flat[i * draftColumns] as string
      const prevSeq = this.#counters.last(roomId)
      this.#insertRow(flat, i, prevSeq + 1, prevSeq)
      this.#counters.set(roomId, prevSeq + 1)
      seqs.push(prevSeq + 1)
    }
    return { seqs, duplicates }
  }

  #storeMessages(flat: readonly Value[], seqs: Float64Array, prevSeqs: Float64Array, lookUp: boolean): number[] {
    const refused: number[] = []
    for (let i = 0; i < seqs.length; i++) {
      const roomId = flat[i * draftColumns] as string
      const seq = seqs[i]!
      if (lookUp) {
        const stored = this.#storedIdentity(flat, i)
        if (stored) {
          if (stored.room_id !== roomId || stored.seq !== seq) refused.push(i)
          continue
        }
        if (this.#byPlace.get(roomId, seq)) throw placeTaken(roomId, seq, 'definite')
      }
      this.#insertRow(flat, i, seq, prevSeqs[i]!)
      if (seq > this.#counters.last(roomId)) this.#counters.set(roomId, seq)
    }
    return refused
  }

  #storedIdentity(flat: readonly Value[], index: number): MessageRow | undefined {
    const at = index * draftColumns
    return this.#byIdentity.get(flat[at + 2]!, flat[at + 4]!) as MessageRow | undefined
  }

  /** Bound one by one: a slice and a spread would add a tenth to the cost of a row. */
  #insertRow(flat: readonly Value[], index: number, seq: number, prevSeq: number): void {
    const v = flat as Value[]
    let at = index * draftColumns
    // biome-ignore format: one line a group of columns
    this.#insert.run(
      v[at++]!, v[at++]!, v[at++]!, v[at++]!, v[at++]!,
      v[at++]!, v[at++]!, v[at++]!, v[at++]!, v[at]!,
      seq, prevSeq,
    )
  }
}

function messagesFrom(rows: unknown[]): ChatMessage[] {
  return (rows as MessageRow[]).map(messageFrom)
}
