import type { Room, RoomListEntry } from '../directory.ts'
import { activeAtMs, decodeRoomCursor, encodeRoomCursor } from '../rules.ts'
import type { Pool } from './pool.ts'

export interface RoomRow {
  readonly id: string
  readonly code: string
  readonly kind: Room['kind']
  readonly name: string | null
  readonly created_at_ms: number
}

export function roomFrom({ id, code, kind, name, created_at_ms: createdAtMs }: RoomRow): Room {
  return { id, code, kind, ...(name === null ? {} : { name }), createdAtMs }
}

interface ListedRow extends RoomRow {
  readonly last_read_seq: number
  readonly last_seq: number | null
  readonly type: string
  readonly body: string
  readonly accepted_at_ms: number
}

/**
 * The last seq is one step back from the end of the room, and `ORDER BY room_id DESC` is what makes MySQL take it:
 * without it, and with MAX, it walks the whole room. Bodies are fetched for the rooms of the page only.
 */
const pageSql = `
WITH mine AS (
  SELECT r.*, m.last_read_seq,
    (SELECT seq FROM message WHERE room_id = r.id ORDER BY room_id DESC, seq DESC LIMIT 1) AS last_seq
  FROM membership m JOIN room r ON r.id = m.room_id WHERE m.user_id = ?
), active AS (
  SELECT mine.*, COALESCE(l.accepted_at_ms, mine.created_at_ms) AS active_at_ms
  FROM mine LEFT JOIN message l ON l.room_id = mine.id AND l.seq = mine.last_seq
), page AS (
  SELECT * FROM active WHERE ? IS NULL OR active_at_ms < ? OR (active_at_ms = ? AND id < ?)
  ORDER BY active_at_ms DESC, id DESC LIMIT ?
)
SELECT page.*, l.type, l.body, l.accepted_at_ms
FROM page LEFT JOIN message l ON l.room_id = page.id AND l.seq = page.last_seq
ORDER BY active_at_ms DESC, page.id DESC`

/** For one room: inside the query above MySQL would walk every room from its first message. */
const countsSql = `SELECT (SELECT COUNT(*) FROM membership WHERE room_id = ?) AS memberCount,
  (SELECT COUNT(*) FROM message WHERE room_id = ? AND seq > ? AND sender_id <> ?) AS unread`

/** The room list of one user, newest activity first. */
export async function roomsOf(
  pool: Pool,
  userId: string,
  page: { limit: number; cursor?: string },
): Promise<{ rooms: RoomListEntry[]; next?: string }> {
  const from = page.cursor === undefined ? undefined : decodeRoomCursor(page.cursor)
  const [activeAt, roomId] = [from?.activeAtMs ?? null, from?.roomId ?? null]
  const rows = await pool.rows<ListedRow>(pageSql, [userId, activeAt, activeAt, activeAt, roomId, page.limit + 1])
  const rooms = await Promise.all(rows.slice(0, page.limit).map((row) => entryFrom(pool, userId, row)))
  const last = rooms.at(-1)
  if (!last || rows.length <= page.limit) return { rooms }
  return { rooms, next: encodeRoomCursor({ activeAtMs: activeAtMs(last), roomId: last.room.id }) }
}

async function entryFrom(pool: Pool, userId: string, row: ListedRow): Promise<RoomListEntry> {
  const { id, last_seq: seq, type, body, accepted_at_ms: acceptedAtMs } = row
  const values = [id, id, row.last_read_seq, userId]
  const [counted] = await pool.rows<{ memberCount: number; unread: number }>(countsSql, values)
  const entry = { room: roomFrom(row), ...counted! }
  return seq === null ? entry : { ...entry, last: { seq, type, body, acceptedAtMs } }
}
