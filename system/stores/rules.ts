import { ChatError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import type { Room, RoomListEntry } from './directory.ts'

/** Rules of the directory that are the same in every backend. */

/** The members without repeats. Throws ROOM-409 for a direct room that has not two, or a room that is too full. */
export function distinctMembers(room: Room, memberIds: readonly string[]): string[] {
  const distinct = [...new Set(memberIds)]
  if (room.kind === 'direct' && distinct.length !== 2) {
    throw new ChatError('ROOM-409', 'A direct room has exactly two members.')
  }
  if (distinct.length > limits.roomMembers) throw roomFull()
  return distinct
}

export function roomFull(): ChatError {
  return new ChatError('ROOM-409', `A room holds at most ${limits.roomMembers} members.`)
}

export function directFull(): ChatError {
  return new ChatError(
    'ROOM-409',
    'A direct room is of two members; to bring one back, make the room of the two again.',
  )
}

/** The unique key of a direct room: the two members, in order. Null for every other kind. */
export function directPair(room: Room, members: readonly string[]): string | null {
  return room.kind === 'direct' ? [...members].sort().join('+') : null
}

/** Where a page of the room list goes on: after the room of this activity time and id. */
export interface RoomCursor {
  readonly activeAtMs: number
  readonly roomId: string
}

export function encodeRoomCursor(cursor: RoomCursor): string {
  return `${cursor.activeAtMs}:${cursor.roomId}`
}

/** Throws SYS-400 for a text that no page gave. */
export function decodeRoomCursor(text: string): RoomCursor {
  const match = /^(\d{1,16}):(.+)$/.exec(text)
  if (!match) throw new ChatError('SYS-400', 'This cursor was given by no page; start again without one.')
  return { activeAtMs: Number(match[1]), roomId: match[2]! }
}

/** A room's place in the list: its last message, or its creation where it has none. */
export function activeAtMs(entry: Pick<RoomListEntry, 'room' | 'last'>): number {
  return entry.last?.acceptedAtMs ?? entry.room.createdAtMs
}
