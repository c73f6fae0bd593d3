import { randomUUID } from 'node:crypto'
import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { CreatedRoom, Directory, Member, Room, RoomListEntry, User } from '../directory.ts'
import { directFull, directPair, distinctMembers, roomFull } from '../rules.ts'
import { type Claim, Claims } from './claims.ts'
import type { MessageTable } from './messages.ts'
import { RoomList } from './room-list.ts'
import { roomColumns, roomFrom, roomParams, userColumns, userFrom, userParams } from './rows.ts'
import { eachOf, type Session, type Statement } from './session.ts'
import { Tokens } from './tokens.ts'

const insertUser = `INSERT INTO users (${userColumns}) VALUES (?, ?, ?, ?, ?, ?)`
const insertRoom = `INSERT INTO rooms (${roomColumns}) VALUES (?, ?, ?, ?, ?)`
const insertMember = 'INSERT INTO members (room_id, user_id, membership) VALUES (?, ?, ?)'
const insertRoomOfUser = 'INSERT INTO rooms_by_user (user_id, room_id) VALUES (?, ?)'
const membersARequest = 500
/** A sign-up that still lives has written its user long before. */
const signUpMs = 60_000

/**
 * Users, rooms and memberships, a table for each question. Names are claimed by compare-and-set before what bears them
 * is written; a room's row is written last, once all its memberships are: a room that is seen is whole.
 */
export class CassandraDirectory implements Directory {
  readonly #session: Session
  readonly #names: Claims
  readonly #list: RoomList
  readonly #tokens: Tokens

  constructor(session: Session, messages: MessageTable) {
    this.#session = session
    this.#names = new Claims(session, 'names')
    this.#list = new RoomList(session, messages)
    this.#tokens = new Tokens(session)
  }

  async addUser(user: User): Promise<void> {
    const claims = namesOf(user)
    const holders = await this.#names.take(claims)
    const mine = claims.filter(({ key, holder }) => holders.get(key) === holder)
    if (mine.length < claims.length) {
      const others = [...holders].filter(([, holder]) => holder !== user.id)
      if (await this.#freeAbandoned(others.map(([key, holder]) => ({ key, holder })))) return this.addUser(user)
      // One that was there before keeps its names, also those it asks for again.
      if (!(await this.#userById(user.id))) await this.#names.release(mine)
      throw nameTaken()
    }
    await this.#session.write(insertUser, userParams(user))
  }

  async userByLogin(login: string): Promise<User | undefined> {
    const id = await this.#names.holder(`login:${login}`)
    return id === undefined ? undefined : this.#userById(id)
  }

  async usersByIds(ids: readonly string[]): Promise<User[]> {
    const found = await eachOf([...new Set(ids)], (id) => this.#userById(id))
    return found.filter((user) => user !== undefined)
  }

  async createRoom(room: Room, memberIds: readonly string[]): Promise<CreatedRoom> {
    const members = distinctMembers(room, memberIds)
    const pair = directPair(room, members)
    const same = await this.#roomOfPair(pair)
    if (same) return this.#bringBack(same, members)
    const known = await this.roomById(room.id)
    if (known) return { room: known, returned: [] }
    const code = { key: `code:${room.code}`, holder: room.id }
    if ((await this.#names.take([code])).get(code.key) !== room.id) throw codeTaken()
    await this.#writeMembers(room.id, members)
    const first = pair === null ? room : await this.#takePair(pair, room)
    if (first.id !== room.id) {
      await eachOf(members, (userId) => this.removeMember(room.id, userId))
      await this.#names.release([code])
    }
    // Whoever finds the pair taken writes the row as well: the first one may not have come to it yet.
    await this.#session.write(insertRoom, roomParams(first))
    return first.id === room.id ? { room, returned: [] } : this.#bringBack(first, members)
  }

  async roomById(id: string): Promise<Room | undefined> {
    const row = await this.#session.first(`SELECT ${roomColumns} FROM rooms WHERE id = ?`, [id])
    return row && roomFrom(row)
  }

  async roomByCode(code: string): Promise<Room | undefined> {
    const id = await this.#names.holder(`code:${code}`)
    return id === undefined ? undefined : this.roomById(id)
  }

  /** Counts again after the insert: of those who join a nearly full room at once none stays beyond the limit. */
  async addMember(roomId: string, userId: string): Promise<{ added: boolean }> {
    const room = await this.roomById(roomId)
    if (!room) throw new ChatError('ROOM-404', `There is no room ${roomId}.`)
    if (await this.isMember(roomId, userId)) return { added: false }
    if (room.kind === 'direct') throw directFull()
    await this.#writeMember(roomId, userId)
    const counted = await this.#session.first('SELECT COUNT(*) AS members FROM members WHERE room_id = ?', [roomId])
    if (counted?.members.toNumber() > limits.roomMembers) {
      await this.removeMember(roomId, userId)
      throw roomFull()
    }
    return { added: true }
  }

  async removeMember(roomId: string, userId: string): Promise<{ removed: boolean }> {
    const membership = await this.#membership(roomId, userId)
    if (membership === undefined) return { removed: false }
    await this.#session.together([
      { query: 'DELETE FROM members WHERE room_id = ? AND user_id = ?', params: [roomId, userId] },
      { query: 'DELETE FROM rooms_by_user WHERE user_id = ? AND room_id = ?', params: [userId, roomId] },
      {
        query: 'DELETE FROM receipt_marks WHERE room_id = ? AND user_id = ? AND membership = ?',
        params: [roomId, userId, membership],
      },
    ])
    return { removed: true }
  }

  async isMember(roomId: string, userId: string): Promise<boolean> {
    return (await this.#membership(roomId, userId)) !== undefined
  }

  async members(roomId: string): Promise<Member[]> {
    const ofRoom = 'FROM members WHERE room_id = ?'
    const members = await this.#session.rows(`SELECT user_id, membership ${ofRoom}`, [roomId])
    const marks = await this.#session.rows(
      'SELECT membership, delivered_seq, read_seq FROM receipt_marks WHERE room_id = ?',
      [roomId],
    )
    const marksOf = new Map(marks.map((row) => [row.membership, row]))
    const users = await this.usersByIds(members.map((row) => row.user_id))
    const nicknames = new Map(users.map(({ id, nickname }) => [id, nickname]))
    return members.map(({ user_id: userId, membership }) => ({
      userId,
      nickname: nicknames.get(userId) ?? '',
      lastDeliveredSeq: marksOf.get(membership)?.delivered_seq?.toNumber() ?? 0,
      lastReadSeq: marksOf.get(membership)?.read_seq?.toNumber() ?? 0,
    }))
  }

  roomsOf(
    userId: string,
    page: { limit: number; cursor?: string },
  ): Promise<{ rooms: RoomListEntry[]; next?: string }> {
    return this.#list.page(userId, page)
  }

  /**
   * The seq is the write's timestamp: of marks that are raised at once the engine keeps the highest, without a round of
   * Paxos. Marks belong to one membership; who comes back begins anew.
   */
  async raiseReceipt(roomId: string, userId: string, kind: 'delivered' | 'read', uptoSeq: number): Promise<boolean> {
    const membership = await this.#membership(roomId, userId)
    if (membership === undefined) return false
    const column = kind === 'read' ? 'read_seq' : 'delivered_seq'
    const key = [roomId, userId, membership]
    const select = `SELECT ${column} FROM receipt_marks WHERE room_id = ? AND user_id = ? AND membership = ?`
    const mark = (await this.#session.first(select, key))?.[column]?.toNumber() ?? 0
    if (mark >= uptoSeq) return false
    const raised = kind === 'read' ? 'read_seq = ?, delivered_seq = ?' : 'delivered_seq = ?'
    const raise = `UPDATE receipt_marks USING TIMESTAMP ? SET ${raised}
      WHERE room_id = ? AND user_id = ? AND membership = ?`
    await this.#session.write(raise, [uptoSeq, ...(kind === 'read' ? [uptoSeq] : []), uptoSeq, ...key])
    return true
  }

  async seed(users: readonly User[], rooms: readonly { room: Room; memberIds: readonly string[] }[]): Promise<void> {
    const seeded = rooms.map(({ room, memberIds }) => ({ room, members: distinctMembers(room, memberIds) }))
    const known = await this.usersByIds(users.map(({ id }) => id))
    if (known.length > 0) throw nameTaken()
    const claims = [...users.flatMap(namesOf), ...seeded.flatMap(({ room, members }) => namesOfRoom(room, members))]
    const holders = await this.#names.take(claims)
    const mine = claims.filter(({ key, holder }) => holders.get(key) === holder)
    if (mine.length < claims.length) {
      await this.#names.release(mine)
      throw nameTaken()
    }
    await eachOf(users, (user) => this.#session.write(insertUser, userParams(user)))
    await eachOf(seeded, ({ room, members }) => this.#writeMembers(room.id, members))
    await eachOf(seeded, ({ room }) => this.#session.write(insertRoom, roomParams(room)))
  }

  putRefresh(tokenHash: string, userId: string, expiresAtMs: number): Promise<void> {
    return this.#tokens.put(tokenHash, userId, expiresAtMs)
  }

  takeRefresh(tokenHash: string): Promise<{ userId: string; expiresAtMs: number } | undefined> {
    return this.#tokens.take(tokenHash)
  }

  /** Names whose sign-up died before its user was written would stay taken for ever. Resolves whether all were such. */
  async #freeAbandoned(names: readonly Claim[]): Promise<boolean> {
    for (const { key, holder } of names) {
      if ((await this.#names.ageMs(key)) < signUpMs || (await this.#userById(holder))) return false
    }
    await this.#names.release(names)
    return true
  }

  async #userById(id: string): Promise<User | undefined> {
    const row = await this.#session.first(`SELECT ${userColumns} FROM users WHERE id = ?`, [id])
    return row && userFrom(row)
  }

  async #membership(roomId: string, userId: string): Promise<string | undefined> {
    const query = 'SELECT membership FROM members WHERE room_id = ? AND user_id = ?'
    return (await this.#session.first(query, [roomId, userId]))?.membership
  }

  async #roomOfPair(pair: string | null): Promise<Room | undefined> {
    const holder = pair === null ? undefined : await this.#names.holder(`pair:${pair}`)
    return holder === undefined ? undefined : (JSON.parse(holder) as Room)
  }

  /** The pair is held by the room itself, written out, so that whoever comes second need not wait for its row. */
  async #takePair(pair: string, room: Room): Promise<Room> {
    const key = `pair:${pair}`
    const holders = await this.#names.take([{ key, holder: JSON.stringify(room) }])
    return JSON.parse(holders.get(key)!) as Room
  }

  /** By compare-and-set: of several that bring one back at once, one has done it. */
  async #bringBack(room: Room, members: readonly string[]): Promise<CreatedRoom> {
    const present = await eachOf(members, (userId) => this.isMember(room.id, userId))
    const absent = members.filter((_, index) => !present[index])
    const brought = await eachOf(absent, async (userId) => {
      const applied = await this.#session.conditional(`${insertMember} IF NOT EXISTS`, [room.id, userId, randomUUID()])
      await this.#session.write(insertRoomOfUser, [userId, room.id])
      return applied
    })
    return { room, returned: absent.filter((_, index) => brought[index]) }
  }

  #writeMember(roomId: string, userId: string): Promise<void> {
    return this.#session.together([
      { query: insertMember, params: [roomId, userId, randomUUID()] },
      { query: insertRoomOfUser, params: [userId, roomId] },
    ])
  }

  async #writeMembers(roomId: string, members: readonly string[]): Promise<void> {
    const rows: Statement[] = members.map((userId) => ({ query: insertMember, params: [roomId, userId, randomUUID()] }))
    for (let first = 0; first < rows.length; first += membersARequest)
      await this.#session.onePartition(rows.slice(first, first + membersARequest))
    await eachOf(members, (userId) => this.#session.write(insertRoomOfUser, [userId, roomId]))
  }
}

function namesOf({ id: holder, login, email, nickname }: User): Claim[] {
  return [
    { key: `login:${login}`, holder },
    { key: `email:${email}`, holder },
    { key: `nickname:${nickname}`, holder },
  ]
}

function namesOfRoom(room: Room, members: readonly string[]): Claim[] {
  const code = { key: `code:${room.code}`, holder: room.id }
  const pair = directPair(room, members)
  return pair === null ? [code] : [code, { key: `pair:${pair}`, holder: JSON.stringify(room) }]
}

function nameTaken(): ChatError {
  return new ChatError('AUTH-409', 'Login, email or nickname is taken; choose another.')
}

function codeTaken(): ChatError {
  return new ChatError('ROOM-409', 'Another room has this code; make a new one.')
}
