import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { CreatedRoom, Directory, Member, Room, RoomListEntry, User } from '../directory.ts'
import { directFull, directPair, distinctMembers, roomFull } from '../rules.ts'
import { textArray } from './arrays.ts'
import { isDuplicate } from './errors.ts'
import type { Pool, Statements } from './pool.ts'
import { type RoomRow, roomFrom, roomsOf } from './room-list.ts'
import { insertRooms, insertUsers, type SeededRoom } from './seeding.ts'

interface UserRow {
  readonly id: string
  readonly login: string
  readonly email: string
  readonly nickname: string
  readonly password_hash: string
  readonly created_at_ms: number
}

/** Expired tokens are deleted a few at a time, whenever a new one is put. */
const expiredAtOnce = 100

const joinSql = 'INSERT INTO membership (room_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING'

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
      const same = 'SELECT 1 FROM chat_user WHERE id = $1 AND login = $2 AND email = $3 AND nickname = $4'
      const { id, login, email, nickname } = user
      if ((await this.#pool.rows(same, [id, login, email, nickname])).length === 0) throw nameTaken()
    }
  }

  async userByLogin(login: string): Promise<User | undefined> {
    const [row] = await this.#pool.rows<UserRow>('SELECT * FROM chat_user WHERE login = $1', [login])
    return row && userFrom(row)
  }

  async usersByIds(ids: readonly string[]): Promise<User[]> {
    const sql = 'SELECT * FROM chat_user WHERE id = ANY($1::text[])'
    return (await this.#pool.rows<UserRow>(sql, [textArray(ids)])).map(userFrom)
  }

  async createRoom(room: Room, memberIds: readonly string[]): Promise<CreatedRoom> {
    const members = distinctMembers(room, memberIds)
    const pair = directPair(room, members)
    try {
      await this.#pool.transaction((statements) => insertRooms(statements, [{ room, memberIds: members }]))
      return { room, returned: [] }
    } catch (error) {
      if (!isDuplicate((error as Error).cause)) throw error
      const sql = 'SELECT * FROM room WHERE id = $1 OR direct_pair = $2'
      const [same] = await this.#pool.rows<RoomRow & { direct_pair: string | null }>(sql, [room.id, pair])
      if (!same) throw new ChatError('ROOM-409', 'Another room has this code; make a new one.')
      const isPair = pair !== null && same.direct_pair === pair
      return { room: roomFrom(same), returned: isPair ? await this.#bringBack(same.id, members) : [] }
    }
  }

  /** Resolves to those who had left. */
  async #bringBack(roomId: string, members: readonly string[]): Promise<string[]> {
    const added = await Promise.all(members.map((userId) => this.#pool.change(joinSql, [roomId, userId])))
    return members.filter((_, index) => added[index] === 1)
  }

  async roomById(id: string): Promise<Room | undefined> {
    const [row] = await this.#pool.rows<RoomRow>('SELECT * FROM room WHERE id = $1', [id])
    return row && roomFrom(row)
  }

  async roomByCode(code: string): Promise<Room | undefined> {
    const [row] = await this.#pool.rows<RoomRow>('SELECT * FROM room WHERE code = $1', [code])
    return row && roomFrom(row)
  }

  /** Locks the room's row first: of those who join a nearly full room at once none passes the limit. */
  addMember(roomId: string, userId: string): Promise<{ added: boolean }> {
    return this.#pool.transaction(async (statements) => {
      const [room] = await statements.rows<RoomRow>('SELECT * FROM room WHERE id = $1 FOR UPDATE', [roomId])
      if (!room) throw new ChatError('ROOM-404', `There is no room ${roomId}.`)
      if (await isMember(statements, roomId, userId)) return { added: false }
      if (room.kind === 'direct') throw directFull()
      const sql = 'SELECT COUNT(*) AS members FROM membership WHERE room_id = $1'
      const [count] = await statements.rows<{ members: number }>(sql, [roomId])
      if (count!.members >= limits.roomMembers) throw roomFull()
      return { added: (await statements.change(joinSql, [roomId, userId])) === 1 }
    })
  }

  async removeMember(roomId: string, userId: string): Promise<{ removed: boolean }> {
    const sql = 'DELETE FROM membership WHERE room_id = $1 AND user_id = $2'
    return { removed: (await this.#pool.change(sql, [roomId, userId])) === 1 }
  }

  isMember(roomId: string, userId: string): Promise<boolean> {
    return isMember(this.#pool, roomId, userId)
  }

  members(roomId: string): Promise<Member[]> {
    const sql = `SELECT m.user_id AS "userId", COALESCE(u.nickname, '') AS nickname,
        m.last_delivered_seq AS "lastDeliveredSeq", m.last_read_seq AS "lastReadSeq"
      FROM membership m LEFT JOIN chat_user u ON u.id = m.user_id WHERE m.room_id = $1 ORDER BY m.user_id`
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
    const sql = `UPDATE membership SET last_delivered_seq = GREATEST(last_delivered_seq, $3)
      ${kind === 'read' ? ', last_read_seq = $3' : ''} WHERE room_id = $1 AND user_id = $2 AND ${column} < $3`
    return (await this.#pool.change(sql, [roomId, userId, uptoSeq])) === 1
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
    const put = `INSERT INTO refresh_token (hash, user_id, expires_at_ms) VALUES ($1, $2, $3)
      ON CONFLICT (hash) DO UPDATE SET user_id = excluded.user_id, expires_at_ms = excluded.expires_at_ms`
    await this.#pool.change(put, [tokenHash, userId, expiresAtMs])
    const tidy = `DELETE FROM refresh_token WHERE hash IN (
      SELECT hash FROM refresh_token WHERE expires_at_ms < $1 LIMIT ${expiredAtOnce} FOR UPDATE SKIP LOCKED)`
    await this.#pool.change(tidy, [Date.now()])
  }

  async takeRefresh(tokenHash: string): Promise<{ userId: string; expiresAtMs: number } | undefined> {
    const sql =
      'DELETE FROM refresh_token WHERE hash = $1 RETURNING user_id AS "userId", expires_at_ms AS "expiresAtMs"'
    const [token] = await this.#pool.rows<{ userId: string; expiresAtMs: number }>(sql, [tokenHash])
    return token
  }
}

async function isMember(statements: Statements, roomId: string, userId: string): Promise<boolean> {
  const sql = 'SELECT 1 FROM membership WHERE room_id = $1 AND user_id = $2'
  return (await statements.rows(sql, [roomId, userId])).length === 1
}

function userFrom({ id, login, email, nickname, password_hash, created_at_ms }: UserRow): User {
  return { id, login, email, nickname, passwordHash: password_hash, createdAtMs: created_at_ms }
}

function nameTaken(): ChatError {
  return new ChatError('AUTH-409', 'Login, email or nickname is taken; choose another.')
}
