import type { ChatMessage } from '../../protocol/message.ts'

/**
 * Rows go to the server as one JSON text, which JSON_TABLE makes a table of: one prepared statement for batches of any
 * size, nothing to escape, and two thirds of the client's CPU that the driver's own lists of values cost.
 */

/** A column of text in such a table: compared byte for byte, as the columns of the schema are. */
const text = (name: string, chars: number, index: number) =>
  `${name} VARCHAR(${chars}) COLLATE utf8mb4_0900_bin PATH '$[${index}]' ERROR ON ERROR`
const whole = (name: string, index: number) => `${name} BIGINT PATH '$[${index}]' ERROR ON ERROR`

const table = (columns: readonly string[]) => `JSON_TABLE(?, '$[*]' COLUMNS (${columns.join(', ')})) AS given`

const messageColumns = [
  text('room_id', 64, 0),
  whole('seq', 1),
  whole('prev_seq', 2),
  text('id', 64, 3),
  text('sender_id', 64, 4),
  text('nickname', 64, 5),
  text('client_message_id', 64, 6),
  text('type', 16, 7),
  `body MEDIUMTEXT COLLATE utf8mb4_0900_bin PATH '$[8]' ERROR ON ERROR`,
  text('file_id', 64, 9),
  // The client's own word: what is no instant is not kept.
  `sent_at_ms BIGINT PATH '$[10]'`,
  whole('accepted_at_ms', 11),
]

export const messageTable = table(messageColumns)
export const identityTable = table([text('sender_id', 64, 0), text('client_message_id', 64, 1)])
export const userTable = table([
  text('id', 64, 0),
  text('login', 64, 1),
  text('email', 254, 2),
  text('nickname', 64, 3),
  text('password_hash', 255, 4),
  whole('created_at_ms', 5),
])
export const roomTable = table([
  text('id', 64, 0),
  text('code', 64, 1),
  text('kind', 16, 2),
  text('name', 128, 3),
  whole('created_at_ms', 4),
  text('direct_pair', 129, 5),
])
export const membershipTable = table([text('room_id', 64, 0), text('user_id', 64, 1)])
export const idTable = table([text('id', 64, 0)])

/** In the order of `messageTable`. */
export function messageValues(m: ChatMessage) {
  return [
    m.roomId,
    m.seq,
    m.prevSeq,
    m.id,
    m.senderId,
    m.nickname,
    m.clientMessageId,
    m.type,
    m.body,
    m.fileId,
    m.sentAtMs,
    m.acceptedAtMs,
  ]
}
