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
  readonly memberCount: number
  readonly unread: number
  readonly seq: number | null
  readonly type: string
  readonly body: string
  readonly accepted_at_ms: number
}

/** The last message of each of the user's rooms is one step back from the end of the room; only a page is counted. */
const pageSql = `
SELECT page.*, (SELECT COUNT(*) FROM membership WHERE room_id = page.id) AS "memberCount",
  (SELECT COUNT(*) FROM message
    WHERE room_id = page.id AND seq > page.last_read_seq AND sender_id <> $1) AS unread
FROM (
  SELECT r.*, m.last_read_seq, l.*, COALESCE(l.accepted_at_ms, r.created_at_ms) AS active_at_ms
  FROM membership m JOIN room r ON r.id = m.room_id LEFT JOIN LATERAL (
    SELECT seq, type, body, accepted_at_ms FROM message WHERE room_id = r.id ORDER BY seq DESC LIMIT 1
  ) l ON true
  WHERE m.user_id = $1
    AND ($2::bigint IS NULL OR (COALESCE(l.accepted_at_ms, r.created_at_ms), r.id) < ($2, $3::text))
  ORDER BY active_at_ms DESC, r.id DESC LIMIT $4
) AS page
ORDER BY active_at_ms DESC, id DESC`

/** The room list of one user, newest activity first. */
export async function roomsOf(
  pool: Pool,
  userId: string,
  page: { limit: number; cursor?: string },
): Promise<{ rooms: RoomListEntry[]; next?: string }> {
  const from = page.cursor === undefined ? undefined : decodeRoomCursor(page.cursor)
  const values = [userId, from?.activeAtMs ?? null, from?.roomId ?? null, page.limit + 1]
  const rows = await pool.rows<ListedRow>(pageSql, values)
  const rooms = rows.slice(0, page.limit).map(entryFrom)
  const last = rooms.at(-1)
  if (!last || rows.length <= page.limit) return { rooms }
  return { rooms, next: encodeRoomCursor({ activeAtMs: activeAtMs(last), roomId: last.room.id }) }
}

function entryFrom(row: ListedRow): RoomListEntry {
  const { memberCount, unread, seq, type, body, accepted_at_ms: acceptedAtMs } = row
  const entry = { room: roomFrom(row), memberCount, unread }
  return seq === null ? entry : { ...entry, last: { seq, type, body, acceptedAtMs } }
}
