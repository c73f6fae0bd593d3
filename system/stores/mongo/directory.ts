import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { CreatedRoom, Directory, Member, Room, RoomListEntry, User } from '../directory.ts'
import { directFull, directPair, distinctMembers, roomFull } from '../rules.ts'
import {
  type Collections,
  type MembershipDocument,
  membershipKey,
  type RoomDocument,
  roomFrom,
  userFrom,
} from './documents.ts'
import { isDuplicateKey } from './errors.ts'
import { insertNew } from './insert.ts'
import { roomsOf } from './room-list.ts'

/**
 * Users, rooms and memberships without transactions. A room document is written last, once all its memberships
 * are: a room that is seen is whole, and memberships of a room that never came to be are seen by nobody.
 */
export class MongoDirectory implements Directory {
  readonly #in: Collections

  constructor(collections: Collections) {
    this.#in = collections
  }

  async addUser(user: User): Promise<void> {
    try {
      await this.#in.users.insertOne(userDocument(user))
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      const { login, email, nickname } = user
      if (!(await this.#in.users.findOne({ _id: user.id, login, email, nickname }))) throw nameTaken()
    }
  }

  async userByLogin(login: string): Promise<User | undefined> {
    const found = await this.#in.users.findOne({ login })
    return found ? userFrom(found) : undefined
  }

  async usersByIds(ids: readonly string[]): Promise<User[]> {
    return (await this.#in.users.find({ _id: { $in: [...ids] } }).toArray()).map(userFrom)
  }

  async createRoom(room: Room, memberIds: readonly string[]): Promise<CreatedRoom> {
    const members = distinctMembers(room, memberIds)
    const pair = directPair(room, members)
    const same = await this.#sameRoom(room.id, pair)
    if (same) return await this.#bringBack(same, pair, members)
    // A repeated call finds the memberships of its first attempt; they are as good.
    await insertNew(
      this.#in.memberships,
      members.map((userId) => membershipDocument(room.id, userId)),
    )
    try {
      await this.#in.rooms.insertOne(roomDocument(room, pair))
      return { room, returned: [] }
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      return await this.#bringBack(await this.#roomInstead(room, pair), pair, members)
    }
  }

  async roomById(id: string): Promise<Room | undefined> {
    const found = await this.#in.rooms.findOne({ _id: id })
    return found ? roomFrom(found) : undefined
  }

  async roomByCode(code: string): Promise<Room | undefined> {
    const found = await this.#in.rooms.findOne({ code })
    return found ? roomFrom(found) : undefined
  }

  /** Counts again after the insert: of those who join a nearly full room at once none stays beyond the limit. */
  async addMember(roomId: string, userId: string): Promise<{ added: boolean }> {
    const room = await this.roomById(roomId)
    if (!room) throw new ChatError('ROOM-404', `There is no room ${roomId}.`)
    if (await this.isMember(roomId, userId)) return { added: false }
    if (room.kind === 'direct') throw directFull()
    try {
      await this.#in.memberships.insertOne(membershipDocument(roomId, userId))
    } catch (error) {
      if (isDuplicateKey(error)) return { added: false }
      throw error
    }
    if ((await this.#in.memberships.countDocuments({ roomId })) > limits.roomMembers) {
      await this.removeMember(roomId, userId)
      throw roomFull()
    }
    return { added: true }
  }

  async removeMember(roomId: string, userId: string): Promise<{ removed: boolean }> {
    const result = await this.#in.memberships.deleteOne({ _id: membershipKey(roomId, userId) })
    return { removed: result.deletedCount === 1 }
  }

  async isMember(roomId: string, userId: string): Promise<boolean> {
    const key = { _id: membershipKey(roomId, userId) }
    return (await this.#in.memberships.findOne(key, { projection: { _id: 1 } })) !== null
  }

  async members(roomId: string): Promise<Member[]> {
    const memberships = await this.#in.memberships.find({ roomId }).sort({ userId: 1 }).toArray()
    const users = await this.usersByIds(memberships.map(({ userId }) => userId))
    const nicknames = new Map(users.map(({ id, nickname }) => [id, nickname]))
    return memberships.map(({ userId, lastDeliveredSeq, lastReadSeq }) => ({
      userId,
      nickname: nicknames.get(userId) ?? '',
      lastDeliveredSeq,
      lastReadSeq,
    }))
  }

  roomsOf(
    userId: string,
    page: { limit: number; cursor?: string },
  ): Promise<{ rooms: RoomListEntry[]; next?: string }> {
    return roomsOf(this.#in, userId, page)
  }

  async raiseReceipt(roomId: string, userId: string, kind: 'delivered' | 'read', uptoSeq: number): Promise<boolean> {
    const field = kind === 'read' ? 'lastReadSeq' : 'lastDeliveredSeq'
    const lower = { _id: membershipKey(roomId, userId), [field]: { $lt: uptoSeq } }
    const raised = { lastDeliveredSeq: uptoSeq, [field]: uptoSeq }
    return (await this.#in.memberships.updateOne(lower, { $max: raised })).modifiedCount === 1
  }

  async seed(users: readonly User[], rooms: readonly { room: Room; memberIds: readonly string[] }[]): Promise<void> {
    const seeded = rooms.map(({ room, memberIds }) => ({ room, members: distinctMembers(room, memberIds) }))
    const memberships = seeded.flatMap(({ room, members }) => members.map((id) => membershipDocument(room.id, id)))
    const documents = seeded.map(({ room, members }) => roomDocument(room, directPair(room, members)))
    if ((await insertNew(this.#in.users, users.map(userDocument))).length > 0) throw nameTaken()
    await insertNew(this.#in.memberships, memberships)
    if ((await insertNew(this.#in.rooms, documents)).length > 0) throw nameTaken()
  }

  async putRefresh(tokenHash: string, userId: string, expiresAtMs: number): Promise<void> {
    const token = { userId, expiresAt: new Date(expiresAtMs) }
    await this.#in.refreshTokens.replaceOne({ _id: tokenHash }, token, { upsert: true })
  }

  async takeRefresh(tokenHash: string): Promise<{ userId: string; expiresAtMs: number } | undefined> {
    const taken = await this.#in.refreshTokens.findOneAndDelete({ _id: tokenHash })
    return taken ? { userId: taken.userId, expiresAtMs: taken.expiresAt.getTime() } : undefined
  }

  #sameRoom(id: string, pair: string | null): Promise<RoomDocument | null> {
    return this.#in.rooms.findOne(pair === null ? { _id: id } : { $or: [{ _id: id }, { directPair: pair }] })
  }

  async #bringBack(same: RoomDocument, pair: string | null, members: readonly string[]): Promise<CreatedRoom> {
    if (pair === null || same.directPair !== pair) return { room: roomFrom(same), returned: [] }
    const memberships = members.map((userId) => membershipDocument(same._id, userId))
    const there = await insertNew(this.#in.memberships, memberships)
    return { room: roomFrom(same), returned: members.filter((_, index) => !there.includes(index)) }
  }

  async #roomInstead(room: Room, pair: string | null): Promise<RoomDocument> {
    const same = await this.#sameRoom(room.id, pair)
    if (same?._id !== room.id) await this.#in.memberships.deleteMany({ roomId: room.id })
    if (!same) throw new ChatError('ROOM-409', 'Another room has this code; make a new one.')
    return same
  }
}

function userDocument({ id: _id, ...user }: User) {
  return { _id, ...user }
}

function roomDocument({ id: _id, ...room }: Room, pair: string | null): RoomDocument {
  return pair === null ? { _id, ...room } : { _id, ...room, directPair: pair }
}

function membershipDocument(roomId: string, userId: string): MembershipDocument {
  return { _id: membershipKey(roomId, userId), roomId, userId, lastDeliveredSeq: 0, lastReadSeq: 0 }
}

function nameTaken(): ChatError {
  return new ChatError('AUTH-409', 'Login, email or nickname is taken; choose another.')
}
