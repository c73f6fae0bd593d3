import type { StatementSync } from 'node:sqlite'
import type { Connection } from './connection.ts'

const cachedRooms = 50_000

/**
 * The `room_counter` rows, read once and then kept while no other connection writes the file. To be used inside a
 * write transaction: `begin`, any number of `last` and `set`, `write`; `forget` after a rollback.
 */
export class RoomCounters {
  readonly #connection: Connection
  readonly #read: StatementSync
  readonly #insert: StatementSync
  readonly #update: StatementSync
  readonly #lastSeqs = new Map<string, number>()
  readonly #changed = new Set<string>()
  #dataVersion = -1

  constructor(connection: Connection) {
    this.#connection = connection
    this.#read = connection.db.prepare('SELECT last_seq FROM room_counter WHERE room_id = ?')
    this.#insert = connection.db.prepare('INSERT INTO room_counter VALUES (?, 0)')
    this.#update = connection.db.prepare('UPDATE room_counter SET last_seq = ? WHERE room_id = ?')
  }

  begin(): void {
    const version = this.#connection.dataVersion()
    if (version !== this.#dataVersion || this.#lastSeqs.size > cachedRooms) this.forget()
    this.#dataVersion = version
  }

  last(roomId: string): number {
    const known = this.#lastSeqs.get(roomId)
    if (known !== undefined) return known
    const row = this.#read.get(roomId) as { last_seq: number } | undefined
    if (!row) this.#insert.run(roomId)
    const lastSeq = row?.last_seq ?? 0
    this.#lastSeqs.set(roomId, lastSeq)
    return lastSeq
  }

  set(roomId: string, lastSeq: number): void {
    this.#lastSeqs.set(roomId, lastSeq)
    this.#changed.add(roomId)
  }

  write(): void {
    for (const roomId of this.#changed) this.#update.run(this.#lastSeqs.get(roomId)!, roomId)
    this.#changed.clear()
  }

  forget(): void {
    this.#lastSeqs.clear()
    this.#changed.clear()
  }
}
