import type { StatementSync } from 'node:sqlite'
import type { RoomListEntry } from '../directory.ts'
import { activeAtMs, decodeRoomCursor, encodeRoomCursor } from '../rules.ts'
import type { Connection } from './connection.ts'
import { type RoomRow, roomFrom } from './room-row.ts'

interface ListedRow extends RoomRow {
  readonly last_seq: number | null
  readonly type: string
  readonly body: string
  readonly accepted_at_ms: number
  readonly member_count: number
  readonly unread: number
}

/** Counting is left to the outermost query, so that it is done for the rooms of the page only. */
const pageSql = `
WITH mine AS (
  SELECT r.id, r.code, r.kind, r.name, r.created_at_ms, m.last_read_seq,
    (SELECT max(seq) FROM message WHERE room_id = r.id) AS last_seq
  FROM membership m JOIN room r ON r.id = m.room_id WHERE m.user_id = ?1
), active AS (
  SELECT mine.*, l.type, l.body, l.accepted_at_ms, coalesce(l.accepted_at_ms, mine.created_at_ms) AS active_at_ms
  FROM mine LEFT JOIN message l ON l.room_id = mine.id AND l.seq = mine.last_seq
), page AS (
  SELECT * FROM active WHERE ?2 IS NULL OR (active_at_ms, id) < (?2, ?3)
  ORDER BY active_at_ms DESC, id DESC LIMIT ?4
)
SELECT page.*,
  (SELECT count(*) FROM membership WHERE room_id = page.id) AS member_count,
  (SELECT count(*) FROM message WHERE room_id = page.id AND seq > page.last_read_seq AND sender_id <> ?1) AS unread
FROM page ORDER BY active_at_ms DESC, id DESC`

/** The room list of one user, newest activity first. */
export class RoomList {
  readonly #page: StatementSync

  constructor(connection: Connection) {
    this.#page = connection.db.prepare(pageSql)
  }

  roomsOf(userId: string, page: { limit: number; cursor?: string }): { rooms: RoomListEntry[]; next?: string } {
    const from = page.cursor === undefined ? undefined : decodeRoomCursor(page.cursor)
    const rows = this.#page.all(userId, from?.activeAtMs ?? null, from?.roomId ?? null, page.limit + 1)
    const rooms = rows.slice(0, page.limit).map((row) => entryFrom(row as unknown as ListedRow))
    const last = rooms.at(-1)
    if (!last || rows.length <= page.limit) return { rooms }
    return { rooms, next: encodeRoomCursor({ activeAtMs: activeAtMs(last), roomId: last.room.id }) }
  }
}

function entryFrom(row: ListedRow): RoomListEntry {
  const { member_count: memberCount, unread, type, body } = row
  const entry = { room: roomFrom(row), memberCount, unread }
  return row.last_seq === null
    ? entry
    : { ...entry, last: { seq: row.last_seq, type, body, acceptedAtMs: row.accepted_at_ms } }
}
