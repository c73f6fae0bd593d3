import type { ChatMessage } from '../../protocol/message.ts'
import { placeTaken } from '../place-taken.ts'
import { identityKey, type MessageRow, messageFrom } from '../sql-rows.ts'
import { textArray } from './arrays.ts'
import type { Pool } from './pool.ts'
import { messageColumns, messageTable, messageValues } from './rows.ts'

/**
 * A row that any key refuses is not added and does not count. In the order of the primary key, so that two writers of
 * the same rows wait for each other instead of each for the other.
 */
const insertSql = `INSERT INTO message (${messageColumns})
  SELECT ${messageColumns} FROM ${messageTable} ORDER BY room_id, seq ON CONFLICT DO NOTHING`

const holdersSql = `SELECT m.sender_id AS "senderId", m.client_message_id AS "clientMessageId", m.room_id AS "roomId",
    m.seq
  FROM unnest($1::text[], $2::text[]) AS asked(sender_id, client_message_id)
  JOIN message m USING (sender_id, client_message_id)`

/** The messages of the database: a page of a room is one range of the primary key. */
export class MessageTable {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  /** New identities are the rule: who holds them is only asked when some row was not added. */
  async append(messages: readonly ChatMessage[]): Promise<{ readonly refused: readonly ChatMessage[] }> {
    if (messages.length === 0) return { refused: [] }
    if ((await this.#pool.change(insertSql, messageValues(messages))) === messages.length) return { refused: [] }
    return { refused: await this.#refused(messages) }
  }

  async readBefore(roomId: string, beforeSeq: number | undefined, limit: number): Promise<ChatMessage[]> {
    const sql = 'SELECT * FROM message WHERE room_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT $3'
    // The largest seq there is must be below it, so no number of JavaScript will do.
    return this.#read(sql, [roomId, beforeSeq ?? '9223372036854775807', limit])
  }

  async readAfter(roomId: string, afterSeq: number, limit: number): Promise<ChatMessage[]> {
    const sql = 'SELECT * FROM message WHERE room_id = $1 AND seq > $2 ORDER BY seq LIMIT $3'
    return this.#read(sql, [roomId, afterSeq, limit])
  }

  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): Promise<number[]> {
    const sql = 'SELECT seq FROM message WHERE room_id = $1 AND seq < $2 ORDER BY seq DESC LIMIT 1'
    return Promise.all(
      positions.map(async ({ roomId, belowSeq }) => {
        const [last] = await this.#pool.rows<{ seq: number }>(sql, [roomId, belowSeq])
        return last?.seq ?? 0
      }),
    )
  }

  /** Those whose identity is stored at another place. Throws where their own place is another message's. */
  async #refused(messages: readonly ChatMessage[]): Promise<ChatMessage[]> {
    const senders = textArray(messages.map(({ senderId }) => senderId))
    const holders = await this.#pool.rows<Holder>(holdersSql, [
      senders,
      textArray(messages.map(({ clientMessageId }) => clientMessageId)),
    ])
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
