import type { RoomListEntry } from '../directory.ts'
import { activeAtMs, decodeRoomCursor, encodeRoomCursor, type RoomCursor } from '../rules.ts'
import { type Collections, messageKey, roomEndKey, roomFrom } from './documents.ts'
import { eachOf } from './pool.ts'

type Listed = Omit<RoomListEntry, 'memberCount' | 'unread'> & { readonly lastReadSeq: number }

/**
 * The room list of one user, newest activity first. It costs one indexed read a room of the user's, because a
 * last-message field kept with the room would double the persister's writes; counts are made for the page only.
 */
export async function roomsOf(
  collections: Collections,
  userId: string,
  page: { limit: number; cursor?: string },
): Promise<{ rooms: RoomListEntry[]; next?: string }> {
  const from = page.cursor === undefined ? undefined : decodeRoomCursor(page.cursor)
  const all = (await roomsWithLast(collections, userId)).sort((a, b) => newestFirst(cursorOf(a), cursorOf(b)))
  const rest = from ? all.filter((entry) => newestFirst(cursorOf(entry), from) > 0) : all
  const listed = rest.slice(0, page.limit)
  const rooms = await eachOf(listed, (entry) => counted(collections, userId, entry))
  const last = listed.at(-1)
  return last && rest.length > page.limit ? { rooms, next: encodeRoomCursor(cursorOf(last)) } : { rooms }
}

async function roomsWithLast({ memberships, rooms, messages }: Collections, userId: string): Promise<Listed[]> {
  const mine = await memberships.find({ userId }).toArray()
  const lastReadSeqs = new Map(mine.map(({ roomId, lastReadSeq }) => [roomId, lastReadSeq]))
  const found = await rooms.find({ _id: { $in: [...lastReadSeqs.keys()] } }).toArray()
  return eachOf(found, async (document) => {
    const range = { _id: { $gt: messageKey(document._id, 0), $lt: roomEndKey(document._id) } }
    const projection = { _id: 0, seq: 1, type: 1, body: 1, acceptedAtMs: 1 }
    const last = await messages.findOne(range, { sort: { _id: -1 }, projection })
    const entry = { room: roomFrom(document), lastReadSeq: lastReadSeqs.get(document._id)! }
    if (!last) return entry
    const { seq, type, body, acceptedAtMs } = last
    return { ...entry, last: { seq, type, body, acceptedAtMs } }
  })
}

async function counted({ memberships, messages }: Collections, userId: string, entry: Listed): Promise<RoomListEntry> {
  const { lastReadSeq, ...rest } = entry
  const roomId = entry.room.id
  const unread = { _id: { $gt: messageKey(roomId, lastReadSeq), $lt: roomEndKey(roomId) }, senderId: { $ne: userId } }
  return {
    ...rest,
    memberCount: await memberships.countDocuments({ roomId }),
    unread: await messages.countDocuments(unread),
  }
}

function cursorOf(entry: Pick<RoomListEntry, 'room' | 'last'>): RoomCursor {
  return { activeAtMs: activeAtMs(entry), roomId: entry.room.id }
}

function newestFirst(a: RoomCursor, b: RoomCursor): number {
  return b.activeAtMs - a.activeAtMs || (a.roomId < b.roomId ? 1 : a.roomId > b.roomId ? -1 : 0)
}
