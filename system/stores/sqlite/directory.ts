import type { StatementSync } from 'node:sqlite'
import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { CreatedRoom, Member, Room, User } from '../directory.ts'
import { directFull, directPair, distinctMembers, roomFull } from '../rules.ts'
import type { Connection } from './connection.ts'
import { isConstraint } from './errors.ts'
import { type RoomRow, roomFrom } from './room-row.ts'

interface UserRow {
  readonly id: string
  readonly login: string
  readonly email: string
  readonly nickname: string
  readonly password_hash: string
  readonly created_at_ms: number
}

interface PairRow extends RoomRow {
  readonly direct_pair: string | null
}

/** Users, rooms and memberships of the file; the contract is `Directory`, without the promises. */
export class DirectoryTables {
  readonly #connection: Connection
  readonly #prepared = new Map<string, StatementSync>()

  constructor(connection: Connection) {
    this.#connection = connection
  }

  addUser(user: User): void {
    this.#connection.transaction(() => {
      const taken = this.#sql('SELECT id FROM user WHERE login = ? OR email = ? OR nickname = ?')
      const holders = taken.all(user.login, user.email, user.nickname) as { id: string }[]
      if (holders.some(({ id }) => id !== user.id)) throw nameTaken()
      if (holders.length === 0) this.#insertUser(user)
    })
  }

  userByLogin(login: string): User | undefined {
    const row = this.#sql('SELECT * FROM user WHERE login = ?').get(login)
    return row && userFrom(row as unknown as UserRow)
  }

  usersByIds(ids: readonly string[]): User[] {
    const rows = this.#sql('SELECT * FROM user WHERE id IN (SELECT value FROM json_each(?))').all(JSON.stringify(ids))
    return rows.map((row) => userFrom(row as unknown as UserRow))
  }

  createRoom(room: Room, memberIds: readonly string[]): CreatedRoom {
    const members = distinctMembers(room, memberIds)
    const pair = directPair(room, members)
    return this.#connection.transaction(() => {
      const same = this.#sql('SELECT * FROM room WHERE id = ? OR direct_pair = ?').get(room.id, pair)
      if (same) return this.#bringBack(same as unknown as PairRow, pair, members)
      if (this.roomByCode(room.code)) throw codeTaken()
      this.#insertRoom(room, pair, members)
      return { room, returned: [] }
    })
  }

  roomById(id: string): Room | undefined {
    const row = this.#sql('SELECT * FROM room WHERE id = ?').get(id)
    return row && roomFrom(row as unknown as RoomRow)
  }

  roomByCode(code: string): Room | undefined {
    const row = this.#sql('SELECT * FROM room WHERE code = ?').get(code)
    return row && roomFrom(row as unknown as RoomRow)
  }

  addMember(roomId: string, userId: string): { added: boolean } {
    return this.#connection.transaction(() => {
      const room = this.roomById(roomId)
      if (!room) throw new ChatError('ROOM-404', `There is no room ${roomId}.`)
      if (this.isMember(roomId, userId)) return { added: false }
      if (room.kind === 'direct') throw directFull()
      const count = this.#sql('SELECT count(*) AS n FROM membership WHERE room_id = ?').get(roomId) as { n: number }
      if (count.n >= limits.roomMembers) throw roomFull()
      this.#insertMember(roomId, userId)
      return { added: true }
    })
  }

  removeMember(roomId: string, userId: string): { removed: boolean } {
    const result = this.#sql('DELETE FROM membership WHERE room_id = ? AND user_id = ?').run(roomId, userId)
    return { removed: result.changes === 1 }
  }

  isMember(roomId: string, userId: string): boolean {
    return this.#sql('SELECT 1 FROM membership WHERE room_id = ? AND user_id = ?').get(roomId, userId) !== undefined
  }

  members(roomId: string): Member[] {
    const rows = this.#sql(`SELECT m.user_id AS userId, coalesce(u.nickname, '') AS nickname,
        m.last_delivered_seq AS lastDeliveredSeq, m.last_read_seq AS lastReadSeq
      FROM membership m LEFT JOIN user u ON u.id = m.user_id WHERE m.room_id = ? ORDER BY m.user_id`).all(roomId)
    return rows.map((row) => ({ ...(row as unknown as Member) }))
  }

  raiseReceipt(roomId: string, userId: string, kind: 'delivered' | 'read', uptoSeq: number): boolean {
    const column = kind === 'read' ? 'last_read_seq' : 'last_delivered_seq'
    const read = kind === 'read' ? 'last_read_seq = ?1,' : ''
    const raise = `UPDATE membership SET ${read} last_delivered_seq = max(last_delivered_seq, ?1)
      WHERE room_id = ?2 AND user_id = ?3 AND ${column} < ?1`
    return this.#sql(raise).run(uptoSeq, roomId, userId).changes === 1
  }

  seed(users: readonly User[], rooms: readonly { room: Room; memberIds: readonly string[] }[]): void {
    try {
      this.#connection.transaction(() => {
        for (const user of users) this.#insertUser(user)
        for (const { room, memberIds } of rooms) {
          const members = distinctMembers(room, memberIds)
          this.#insertRoom(room, directPair(room, members), members)
        }
      })
    } catch (error) {
      throw isConstraint(error) ? nameTaken() : error
    }
  }

  putRefresh(tokenHash: string, userId: string, expiresAtMs: number): void {
    this.#connection.transaction(() => {
      this.#sql('DELETE FROM refresh_token WHERE expires_at_ms < ?').run(Date.now())
      this.#sql('INSERT OR REPLACE INTO refresh_token VALUES (?, ?, ?)').run(tokenHash, userId, expiresAtMs)
    })
  }

  takeRefresh(tokenHash: string): { userId: string; expiresAtMs: number } | undefined {
    const take = 'DELETE FROM refresh_token WHERE hash = ? RETURNING user_id AS userId, expires_at_ms AS expiresAtMs'
    const row = this.#sql(take).get(tokenHash)
    return row && { ...(row as { userId: string; expiresAtMs: number }) }
  }

  #insertUser(user: User): void {
    const values = [user.id, user.login, user.email, user.nickname, user.passwordHash, user.createdAtMs]
    this.#sql('INSERT INTO user VALUES (?, ?, ?, ?, ?, ?)').run(...values)
  }

  #insertRoom(room: Room, pair: string | null, memberIds: readonly string[]): void {
    const insert = 'INSERT INTO room (id, code, kind, name, created_at_ms, direct_pair) VALUES (?, ?, ?, ?, ?, ?)'
    this.#sql(insert).run(room.id, room.code, room.kind, room.name ?? null, room.createdAtMs, pair)
    for (const memberId of memberIds) this.#insertMember(room.id, memberId)
  }

  #bringBack(row: PairRow, pair: string | null, members: readonly string[]): CreatedRoom {
    const isPair = pair !== null && row.direct_pair === pair
    const returned = isPair ? members.filter((userId) => !this.isMember(row.id, userId)) : []
    for (const userId of returned) this.#insertMember(row.id, userId)
    return { room: roomFrom(row), returned }
  }

  #insertMember(roomId: string, userId: string): void {
    this.#sql('INSERT INTO membership (room_id, user_id) VALUES (?, ?)').run(roomId, userId)
  }

  #sql(text: string): StatementSync {
    const known = this.#prepared.get(text)
    if (known) return known
    const statement = this.#connection.db.prepare(text)
    this.#prepared.set(text, statement)
    return statement
  }
}

function userFrom(row: UserRow): User {
  const { id, login, email, nickname } = row
  return { id, login, email, nickname, passwordHash: row.password_hash, createdAtMs: row.created_at_ms }
}

function nameTaken(): ChatError {
  return new ChatError('AUTH-409', 'Login, email or nickname is taken; choose another.')
}

function codeTaken(): ChatError {
  return new ChatError('ROOM-409', 'Another room has this code; make a new one.')
}
