import type { Room, User } from '../directory.ts'
import { directPair } from '../rules.ts'
import { bigintArray, textArray } from './arrays.ts'
import type { Statements } from './pool.ts'

export type SeededRoom = { readonly room: Room; readonly memberIds: readonly string[] }

const usersSql = `INSERT INTO chat_user (created_at_ms, id, login, email, nickname, password_hash)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])`

/** Rejects where an id or a name is taken; nothing is written then. */
export async function insertUsers(statements: Statements, users: readonly User[]): Promise<void> {
  await statements.change(usersSql, [
    bigintArray(users.map(({ createdAtMs }) => createdAtMs)),
    textArray(users.map(({ id }) => id)),
    textArray(users.map(({ login }) => login)),
    textArray(users.map(({ email }) => email)),
    textArray(users.map(({ nickname }) => nickname)),
    textArray(users.map(({ passwordHash }) => passwordHash)),
  ])
}

const roomsSql = `INSERT INTO room (created_at_ms, id, code, kind, name, direct_pair)
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])`
const membershipsSql = 'INSERT INTO membership (room_id, user_id) SELECT * FROM unnest($1::text[], $2::text[])'

/** Rooms with their members. Rejects where an id, a code or a pair is taken; the transaction is the caller's. */
export async function insertRooms(statements: Statements, seeded: readonly SeededRoom[]): Promise<void> {
  await statements.change(roomsSql, [
    bigintArray(seeded.map(({ room }) => room.createdAtMs)),
    textArray(seeded.map(({ room }) => room.id)),
    textArray(seeded.map(({ room }) => room.code)),
    textArray(seeded.map(({ room }) => room.kind)),
    textArray(seeded.map(({ room }) => room.name ?? null)),
    textArray(seeded.map(({ room, memberIds }) => directPair(room, memberIds))),
  ])
  const memberships = seeded.flatMap(({ room, memberIds }) => memberIds.map((userId) => [room.id, userId] as const))
  await statements.change(membershipsSql, [
    textArray(memberships.map(([roomId]) => roomId)),
    textArray(memberships.map(([, userId]) => userId)),
  ])
}
