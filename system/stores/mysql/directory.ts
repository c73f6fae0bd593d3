import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { CreatedRoom, Directory, Member, Room, RoomListEntry, User } from '../directory.ts'
import { directFull, directPair, distinctMembers, roomFull } from '../rules.ts'
import { isDuplicate } from './errors.ts'
import type { Pool, Statements } from './pool.ts'
import { type RoomRow, roomFrom, roomsOf } from './room-list.ts'
import { idTable, membershipTable, roomTable, userTable } from './rows.ts'

interface UserRow {
  readonly id: string
  readonly login: string
  readonly email: string
  readonly nickname: string
  readonly password_hash: string
  readonly created_at_ms: number
}

type SeededRoom = { readonly room: Room; readonly memberIds: readonly string[] }

/** Expired tokens are deleted a few at a time, whenever a new one is put. */
const expiredAtOnce = 100
const seedRows = 2_000

/** Users, rooms and memberships, each change in one transaction. */
export class DirectoryTables implements Directory {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async addUser(user: User): Promise<void> {
    try {
      await insertUsers(this.#pool, [user])
    } catch (error) {
      if (!isDuplicate((error as Error).cause)) throw error
      const same = 'SELECT 1 FROM user WHERE id = ? AND login = ? AND email = ? AND nickname = ?'
      const { id, login, email, nickname } = user
      if ((await this.#pool.rows(same, [id, login, email, nickname])).length === 0) throw nameTaken()
    }
  }

  async userByLogin(login: string): Promise<User | undefined> {
    const [row] = await this.#pool.rows<UserRow>('SELECT * FROM user WHERE login = ?', [login])
    return row && userFrom(row)
  }

  async usersByIds(ids: readonly string[]): Promise<User[]> {
    const sql = `SELECT user.* FROM ${idTable} STRAIGHT_JOIN user USING (id)`
    return (await this.#pool.rows<UserRow>(sql, [JSON.stringify([...new Set(ids)].map((id) => [id]))])).map(userFrom)
  }

  async createRoom(room: Room, memberIds: readonly string[]): Promise<CreatedRoom> {
    const members = distinctMembers(room, memberIds)
    const pair = directPair(room, members)
    try {
      await this.#pool.transaction((statements) => insertRooms(statements, [{ room, memberIds: members }]))
      return { room, returned: [] }
    } catch (error) {
      if (!isDuplicate((error as Error).cause)) throw error
      const sql = 'SELECT * FROM room WHERE id = ? OR direct_pair = ?'
      const [same] = await this.#pool.rows<RoomRow & { direct_pair: string | null }>(sql, [room.id, pair])
      if (!same) throw new ChatError('ROOM-409', 'Another room has this code; make a new one.')
      const isPair = pair !== null && same.direct_pair === pair
      return { room: roomFrom(same), returned: isPair ? await this.#bringBack(same.id, members) : [] }
    }
  }

  /** Resolves to those who had left. */
  async #bringBack(roomId: string, members: readonly string[]): Promise<string[]> {
    const sql =
      'INSERT INTO membership (room_id, user_id) VALUES (?, ?) ON DUPLICATE KEY UPDATE user_id = membership.user_id'
    const added = await Promise.all(members.map((userId) => this.#pool.change(sql, [roomId, userId])))
    return members.filter((_, index) => added[index] === 1)
  }

  async roomById(id: string): Promise<Room | undefined> {
    const [row] = await this.#pool.rows<RoomRow>('SELECT * FROM room WHERE id = ?', [id])
    return row && roomFrom(row)
  }

  async roomByCode(code: string): Promise<Room | undefined> {
    const [row] = await this.#pool.rows<RoomRow>('SELECT * FROM room WHERE code = ?', [code])
    return row && roomFrom(row)
  }

  /** Locks the room's row first: of those who join a nearly full room at once none passes the limit. */
  addMember(roomId: string, userId: string): Promise<{ added: boolean }> {
    return this.#pool.transaction(async (statements) => {
      const [room] = await statements.rows<RoomRow>('SELECT * FROM room WHERE id = ? FOR UPDATE', [roomId])
      if (!room) throw new ChatError('ROOM-404', `There is no room ${roomId}.`)
      if (await isMember(statements, roomId, userId)) return { added: false }
      if (room.kind === 'direct') throw directFull()
      const sql = 'SELECT COUNT(*) AS members FROM membership WHERE room_id = ?'
      const [count] = await statements.rows<{ members: number }>(sql, [roomId])
      if (count!.members >= limits.roomMembers) throw roomFull()
      await statements.change('INSERT INTO membership (room_id, user_id) VALUES (?, ?)', [roomId, userId])
      return { added: true }
    })
  }

  async removeMember(roomId: string, userId: string): Promise<{ removed: boolean }> {
    const sql = 'DELETE FROM membership WHERE room_id = ? AND user_id = ?'
    return { removed: (await this.#pool.change(sql, [roomId, userId])) === 1 }
  }

  isMember(roomId: string, userId: string): Promise<boolean> {
    return isMember(this.#pool, roomId, userId)
  }

  members(roomId: string): Promise<Member[]> {
    const sql = `SELECT m.user_id AS userId, COALESCE(u.nickname, '') AS nickname,
        m.last_delivered_seq AS lastDeliveredSeq, m.last_read_seq AS lastReadSeq
      FROM membership m LEFT JOIN user u ON u.id = m.user_id WHERE m.room_id = ? ORDER BY m.user_id`
    return this.#pool.rows<Member>(sql, [roomId])
  }

  roomsOf(
    userId: string,
    page: { limit: number; cursor?: string },
  ): Promise<{ rooms: RoomListEntry[]; next?: string }> {
    return roomsOf(this.#pool, userId, page)
  }

  async raiseReceipt(roomId: string, userId: string, kind: 'delivered' | 'read', uptoSeq: number): Promise<boolean> {
    const column = kind === 'read' ? 'last_read_seq' : 'last_delivered_seq'
    const values = kind === 'read' ? [uptoSeq, uptoSeq] : [uptoSeq]
    const sql = `UPDATE membership SET last_delivered_seq = GREATEST(last_delivered_seq, ?)
      ${kind === 'read' ? ', last_read_seq = ?' : ''} WHERE room_id = ? AND user_id = ? AND ${column} < ?`
    return (await this.#pool.change(sql, [...values, roomId, userId, uptoSeq])) === 1
  }

  async seed(users: readonly User[], rooms: readonly SeededRoom[]): Promise<void> {
    const seeded = rooms.map(({ room, memberIds }) => ({ room, memberIds: distinctMembers(room, memberIds) }))
    try {
      await this.#pool.transaction(async (statements) => {
        await insertUsers(statements, users)
        await insertRooms(statements, seeded)
      })
    } catch (error) {
      throw isDuplicate((error as Error).cause) ? nameTaken() : error
    }
  }

  async putRefresh(tokenHash: string, userId: string, expiresAtMs: number): Promise<void> {
    await this.#pool.change('REPLACE INTO refresh_token VALUES (?, ?, ?)', [tokenHash, userId, expiresAtMs])
    await this.#pool.change(`DELETE FROM refresh_token WHERE expires_at_ms < ? LIMIT ${expiredAtOnce}`, [Date.now()])
  }

  takeRefresh(tokenHash: string): Promise<{ userId: string; expiresAtMs: number } | undefined> {
    return this.#pool.transaction(async (statements) => {
      const sql = 'SELECT user_id AS userId, expires_at_ms AS expiresAtMs FROM refresh_token WHERE hash = ? FOR UPDATE'
      const [token] = await statements.rows<{ userId: string; expiresAtMs: number }>(sql, [tokenHash])
      if (token) await statements.change('DELETE FROM refresh_token WHERE hash = ?', [tokenHash])
      return token
    })
  }
}

async function isMember(statements: Statements, roomId: string, userId: string): Promise<boolean> {
  const sql = 'SELECT 1 FROM membership WHERE room_id = ? AND user_id = ?'
  return (await statements.rows(sql, [roomId, userId])).length === 1
}

async function insertUsers(statements: Statements, users: readonly User[]): Promise<void> {
  const rows = users.map((u) => [u.id, u.login, u.email, u.nickname, u.passwordHash, u.createdAtMs])
  const sql = `INSERT INTO user (id, login, email, nickname, password_hash, created_at_ms) SELECT * FROM ${userTable}`
  await insertAll(statements, sql, rows)
}

async function insertRooms(statements: Statements, rooms: readonly SeededRoom[]): Promise<void> {
  const rows = rooms.map(({ room: r, memberIds }) => {
    return [r.id, r.code, r.kind, r.name ?? null, r.createdAtMs, directPair(r, memberIds)]
  })
  const sql = `INSERT INTO room (id, code, kind, name, created_at_ms, direct_pair) SELECT * FROM ${roomTable}`
  await insertAll(statements, sql, rows)
  const memberships = rooms.flatMap(({ room, memberIds }) => memberIds.map((userId) => [room.id, userId]))
  await insertAll(statements, `INSERT INTO membership (room_id, user_id) SELECT * FROM ${membershipTable}`, memberships)
}

async function insertAll(statements: Statements, sql: string, rows: readonly unknown[]): Promise<void> {
  for (let from = 0; from < rows.length; from += seedRows) {
    await statements.change(sql, [JSON.stringify(rows.slice(from, from + seedRows))])
  }
}

function userFrom({ id, login, email, nickname, password_hash, created_at_ms }: UserRow): User {
  return { id, login, email, nickname, passwordHash: password_hash, createdAtMs: created_at_ms }
}

function nameTaken(): ChatError {
  return new ChatError('AUTH-409', 'Login, email or nickname is taken; choose another.')
}
