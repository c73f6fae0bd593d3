import { ChatError } from '../../protocol/errors.ts'
import type { Directory, Room } from '../../stores/directory.ts'

/** Rejects with ROOM-404. */
export async function existingRoom(directory: Directory, roomId: string): Promise<Room> {
  const room = await directory.roomById(roomId)
  if (!room) throw new ChatError('ROOM-404', 'There is no such room')
  return room
}

/** Rejects with ROOM-403, and with ROOM-404 where there is no such room. */
export async function requireMember(directory: Directory, roomId: string, userId: string): Promise<void> {
  if (await directory.isMember(roomId, userId)) return
  await existingRoom(directory, roomId)
  throw new ChatError('ROOM-403', 'Only members may do this: join the room first')
}
