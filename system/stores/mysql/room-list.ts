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
  readonly last_seq: number | null
  readonly type: string
  readonly body: string
  readonly accepted_at_ms: number
  readonly member_count: number
  readonly unread: number
}

/**
 * The last seq is asked for by ORDER BY and LIMIT, one step back from the end of the room: MAX would walk the room.
 * Bodies and counts are fetched for the rooms of the page only.
 */
const pageSql = `
WITH mine AS (
  SELECT r.id, r.code, r.kind, r.name, r.created_at_ms, m.last_read_seq,
    (SELECT seq FROM message WHERE room_id = r.id ORDER BY seq DESC LIMIT 1) AS last_seq
  FROM membership m JOIN room r ON r.id = m.room_id WHERE m.user_id = ?
), active AS (
  SELECT mine.*, COALESCE(l.accepted_at_ms, mine.created_at_ms) AS active_at_ms
  FROM mine LEFT JOIN message l ON l.room_id = mine.id AND l.seq = mine.last_seq
), page AS (
  SELECT * FROM active WHERE ? IS NULL OR active_at_ms < ? OR (active_at_ms = ? AND id < ?)
  ORDER BY active_at_ms DESC, id DESC LIMIT ?
)
SELECT page.*, l.type, l.body, l.accepted_at_ms,
  (SELECT COUNT(*) FROM membership WHERE room_id = page.id) AS member_count,
  (SELECT COUNT(*) FROM message WHERE room_id = page.id AND seq > page.last_read_seq AND sender_id <> ?) AS unread
FROM page LEFT JOIN message l ON l.room_id = page.id AND l.seq = page.last_seq
ORDER BY active_at_ms DESC, page.id DESC`

/** The room list of one user, newest activity first. */
export async function roomsOf(
  pool: Pool,
  userId: string,
  page: { limit: number; cursor?: string },
): Promise<{ rooms: RoomListEntry[]; next?: string }> {
  const from = page.cursor === undefined ? undefined : decodeRoomCursor(page.cursor)
  const [activeAt, roomId] = [from?.activeAtMs ?? null, from?.roomId ?? null]
  const values = [userId, activeAt, activeAt, activeAt, roomId, page.limit + 1, userId]
  const rows = await pool.rows<ListedRow>(pageSql, values)
  const rooms = rows.slice(0, page.limit).map(entryFrom)
  const last = rooms.at(-1)
  if (!last || rows.length <= page.limit) return { rooms }
  return { rooms, next: encodeRoomCursor({ activeAtMs: activeAtMs(last), roomId: last.room.id }) }
}

function entryFrom(row: ListedRow): RoomListEntry {
  const { member_count: memberCount, unread, type, body } = row
  const entry = { room: roomFrom(row), memberCount, unread }
  return row.last_seq === null
    ? entry
    : { ...entry, last: { seq: row.last_seq, type, body, acceptedAtMs: row.accepted_at_ms } }
}
