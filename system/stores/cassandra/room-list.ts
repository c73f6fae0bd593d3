import type { RoomListEntry } from '../directory.ts'
import { activeAtMs, decodeRoomCursor, encodeRoomCursor, type RoomCursor } from '../rules.ts'
import type { MessageTable } from './messages.ts'
import { roomColumns, roomFrom } from './rows.ts'
import { eachOf, type Session } from './session.ts'

type Listed = Omit<RoomListEntry, 'memberCount' | 'unread'>

/**
 * The room list of one user, newest activity first. It costs a few reads a room of the user's, because a last-message
 * row kept for each member would multiply the persister's writes; counts are made for the page only.
 */
export class RoomList {
  readonly #session: Session
  readonly #messages: MessageTable

  constructor(session: Session, messages: MessageTable) {
    this.#session = session
    this.#messages = messages
  }

  async page(
    userId: string,
    page: { limit: number; cursor?: string },
  ): Promise<{ rooms: RoomListEntry[]; next?: string }> {
    const from = page.cursor === undefined ? undefined : decodeRoomCursor(page.cursor)
    const all = (await this.#roomsWithLast(userId)).sort((a, b) => newestFirst(cursorOf(a), cursorOf(b)))
    const rest = from ? all.filter((entry) => newestFirst(cursorOf(entry), from) > 0) : all
    const listed = rest.slice(0, page.limit)
    const rooms = await eachOf(listed, (entry) => this.#counted(userId, entry))
    const last = listed.at(-1)
    return last && rest.length > page.limit ? { rooms, next: encodeRoomCursor(cursorOf(last)) } : { rooms }
  }

  async #roomsWithLast(userId: string): Promise<Listed[]> {
    const mine = await this.#session.rows('SELECT room_id FROM rooms_by_user WHERE user_id = ?', [userId])
    const found = await eachOf(mine, async ({ room_id: roomId }): Promise<Listed | undefined> => {
      const row = await this.#session.first(`SELECT ${roomColumns} FROM rooms WHERE id = ?`, [roomId])
      if (!row) return undefined
      const [last] = await this.#messages.readBefore(roomId, undefined, 1)
      if (!last) return { room: roomFrom(row) }
      const { seq, type, body, acceptedAtMs } = last
      return { room: roomFrom(row), last: { seq, type, body, acceptedAtMs } }
    })
    return found.filter((entry) => entry !== undefined)
  }

  async #counted(userId: string, entry: Listed): Promise<RoomListEntry> {
    const roomId = entry.room.id
    const readSeq = await this.#readSeq(roomId, userId)
    const buckets = await this.#messages.buckets.from(roomId, readSeq + 1)
    const unread = await eachOf(buckets, (bucket) => this.#unreadIn(roomId, bucket, readSeq, userId))
    return {
      ...entry,
      memberCount: await this.#count('FROM members WHERE room_id = ?', [roomId]),
      unread: unread.reduce((sum, count) => sum + count, 0),
    }
  }

  async #readSeq(roomId: string, userId: string): Promise<number> {
    const member = 'SELECT membership FROM members WHERE room_id = ? AND user_id = ?'
    const membership = (await this.#session.first(member, [roomId, userId]))?.membership
    if (membership === undefined) return 0
    const mark = 'SELECT read_seq FROM receipt_marks WHERE room_id = ? AND user_id = ? AND membership = ?'
    return (await this.#session.first(mark, [roomId, userId, membership]))?.read_seq?.toNumber() ?? 0
  }

  /** All less one's own: the language has no "other than". Filtering is within the one partition. */
  async #unreadIn(roomId: string, bucket: number, readSeq: number, userId: string): Promise<number> {
    const range = 'FROM messages WHERE room_id = ? AND bucket = ? AND seq > ?'
    const own = `${range} AND sender_id = ? ALLOW FILTERING`
    const mine = await this.#count(own, [roomId, bucket, readSeq, userId])
    return (await this.#count(range, [roomId, bucket, readSeq])) - mine
  }

  async #count(range: string, params: readonly unknown[]): Promise<number> {
    return (await this.#session.first(`SELECT COUNT(*) AS found ${range}`, params))!.found.toNumber()
  }
}

function cursorOf(entry: Pick<RoomListEntry, 'room' | 'last'>): RoomCursor {
  return { activeAtMs: activeAtMs(entry), roomId: entry.room.id }
}

function newestFirst(a: RoomCursor, b: RoomCursor): number {
  return b.activeAtMs - a.activeAtMs || (a.roomId < b.roomId ? 1 : a.roomId > b.roomId ? -1 : 0)
}
