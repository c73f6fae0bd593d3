import { createConnection } from 'mysql2/promise'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import type { Floor } from './floor.ts'

const sql = `INSERT INTO floor (room_id, seq, prev_seq, id, sender_id, nickname, client_message_id, type, body,
  file_id, sent_at_ms, accepted_at_ms) VALUES ?`

/** The driver's own bulk insert, a list of values a row, into a table of the store's keys. */
export async function bareMysql(url: string): Promise<Floor<unknown[][]>> {
  const connection = await createConnection({ uri: url })
  await connection.query('CREATE TABLE floor LIKE message')
  return {
    prepare: (batch) => batch.map(valuesOf),
    append: async (rows) => void (await connection.query(sql, [rows])),
    close: async () => {
      await connection.query('DROP DATABASE chat_bench')
      await connection.end()
    },
  }
}

function valuesOf(m: ChatMessage): unknown[] {
  const { roomId, seq, prevSeq, id, senderId, nickname, clientMessageId, type, body, sentAtMs, acceptedAtMs } = m
  return [roomId, seq, prevSeq, id, senderId, nickname, clientMessageId, type, body, null, sentAtMs, acceptedAtMs]
}
