import type { ChatMessage } from '../../protocol/message.ts'
import { placeTaken } from '../place-taken.ts'
import { identityKey, type MessageRow, messageFrom } from '../sql-rows.ts'
import type { Pool, Statements } from './pool.ts'
import { identityTable, messageTable, messageValues } from './rows.ts'

/** In UTF-16 units of all bodies; JSON writes one as at most six bytes, and `max_allowed_packet` is 64 MiB or 16. */
const statementBodyUnits = 1_000_000

/** A key that refuses a row changes nothing of the row that is there, and the row does not count as changed. */
const insertSql = `INSERT INTO message (room_id, seq, prev_seq, id, sender_id, nickname, client_message_id, type, body,
    file_id, sent_at_ms, accepted_at_ms)
  SELECT * FROM ${messageTable} ON DUPLICATE KEY UPDATE seq = message.seq`

const holdersSql = `SELECT m.sender_id AS senderId, m.client_message_id AS clientMessageId, m.room_id AS roomId, m.seq
  FROM ${identityTable} STRAIGHT_JOIN message m USING (sender_id, client_message_id)`

/** The messages of the database, clustered by room and seq: a page of a room is one range of the table itself. */
export class MessageTable {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** New identities are the rule: who holds them is only asked when some row was not added. */
  async append(messages: readonly ChatMessage[]): Promise<{ readonly refused: readonly ChatMessage[] }> {
    if (messages.length === 0) return { refused: [] }
    if ((await this.#insert(messages)) === messages.length) return { refused: [] }
    return { refused: await this.#refused(messages) }
  }

  async readBefore(roomId: string, beforeSeq: number | undefined, limit: number): Promise<ChatMessage[]> {
    const sql = 'SELECT * FROM message WHERE room_id = ? AND seq < ? ORDER BY seq DESC LIMIT ?'
    // The largest seq there is must be below it, so no number of JavaScript will do.
    return this.#read(sql, [roomId, beforeSeq ?? '9223372036854775807', limit])
  }

  async readAfter(roomId: string, afterSeq: number, limit: number): Promise<ChatMessage[]> {
    const sql = 'SELECT * FROM message WHERE room_id = ? AND seq > ? ORDER BY seq LIMIT ?'
    return this.#read(sql, [roomId, afterSeq, limit])
  }

  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): Promise<number[]> {
    const sql = 'SELECT seq FROM message WHERE room_id = ? AND seq < ? ORDER BY seq DESC LIMIT 1'
    return Promise.all(
      positions.map(async ({ roomId, belowSeq }) => {
        const [last] = await this.#pool.rows<{ seq: number }>(sql, [roomId, belowSeq])
        return last?.seq ?? 0
      }),
    )
  }

  /** Resolves to the number of rows added. One statement is its own transaction; several are in one. */
  async #insert(messages: readonly ChatMessage[]): Promise<number> {
    const [first = [], ...others] = statementsOf(messages)
    if (others.length === 0) return insertInto(this.#pool, first)
    return this.#pool.transaction(async (statements) => {
      let added = 0
      for (const part of [first, ...others]) added += await insertInto(statements, part)
      return added
    })
  }

  /** Those whose identity is stored at another place. Throws where their own place is another message's. */
  async #refused(messages: readonly ChatMessage[]): Promise<ChatMessage[]> {
    const asked = JSON.stringify(messages.map(({ senderId, clientMessageId }) => [senderId, clientMessageId]))
    const holders = await this.#pool.rows<Holder>(holdersSql, [asked])
    const byIdentity = new Map(holders.map((holder) => [identityKey(holder), holder]))
    return messages.filter((message) => {
      const holder = byIdentity.get(identityKey(message))
      if (holder === undefined) throw placeTaken(message.roomId, message.seq)
      return holder.roomId !== message.roomId || holder.seq !== message.seq
    })
  }

  async #read(sql: string, values: (string | number)[]): Promise<ChatMessage[]> {
    return (await this.#pool.rows<MessageRow>(sql, values)).map(messageFrom)
  }
}

interface Holder {
  readonly senderId: string
  readonly clientMessageId: string
  readonly roomId: string
  readonly seq: number
}

function insertInto(statements: Statements, messages: readonly ChatMessage[]): Promise<number> {
  return statements.change(insertSql, [JSON.stringify(messages.map(messageValues))])
}

function statementsOf(messages: readonly ChatMessage[]): (readonly ChatMessage[])[] {
  const parts: (readonly ChatMessage[])[] = []
  let from = 0
  let units = 0
  for (const [index, { body }] of messages.entries()) {
    if (units > 0 && units + body.length > statementBodyUnits) {
      parts.push(messages.slice(from, index))
      from = index
      units = 0
    }
    units += body.length
  }
  return from === 0 ? [messages] : [...parts, messages.slice(from)]
}
