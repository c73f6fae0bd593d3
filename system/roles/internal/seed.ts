import { randomBytes, randomUUID } from 'node:crypto'
import { type Static, Type } from '@sinclair/typebox'
import { monotonicFactory } from 'ulid'
import { ChatError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Room, User } from '../../stores/directory.ts'
import type { Store } from '../../stores/store.ts'
import { hashPassword } from '../api/passwords.ts'
import type { Tokens } from '../tokens.ts'
import { HistoryRequest, writeHistory } from './history.ts'

export const SeedRequest = Type.Object(
  {
    users: Type.Array(
      Type.Object({
        login: Type.String({ minLength: 1, maxLength: 64 }),
        nickname: Type.String({ minLength: 1, maxLength: limits.nicknameChars }),
      }),
    ),
    rooms: Type.Array(
      Type.Object({
        name: Type.String({ minLength: 1, maxLength: 100 }),
        members: Type.Array(Type.Integer({ minimum: 0 }), { minItems: 1, maxItems: limits.roomMembers }),
      }),
    ),
    history: Type.Optional(HistoryRequest),
    tokenLifetimeMs: Type.Integer({ minimum: 1000, maximum: 7 * 24 * 3_600_000 }),
  },
  { additionalProperties: false },
)
export type SeedRequest = Static<typeof SeedRequest>

export const SeedAnswer = Type.Object({
  users: Type.Array(Type.Object({ id: Type.String(), token: Type.String() })),
  /** `lastSeq` of the history, 0 without one. */
  rooms: Type.Array(Type.Object({ id: Type.String(), lastSeq: Type.Integer() })),
})
export type SeedAnswer = Static<typeof SeedAnswer>

const noHistory: HistoryRequest = { messages: 0, bodyBytes: 1 }

/** Signatures under way at once: enough to keep the crypto threads busy without 10,000 promises in memory. */
const signBatch = 500

/**
 * Writes the users, rooms, memberships and history of a run and signs a token for each user; answers in the order
 * asked. Rejects with SYS-400 when a member index or a repeated name makes no sense; nothing is written then.
 */
export function createSeeder(
  store: Pick<Store, 'directory' | 'appendMessages'>,
  tokens: Tokens,
): (request: SeedRequest) => Promise<SeedAnswer> {
  const nextId = monotonicFactory()
  let passwordHash: Promise<string> | undefined
  return async (request) => {
    checkSeed(request)
    // One password nobody knows for all: a hash each would cost minutes.
    passwordHash ??= hashPassword(randomBytes(32).toString('base64url'))
    const shared = { passwordHash: await passwordHash, createdAtMs: Date.now() }
    const users = request.users.map(
      ({ login, nickname }): User => ({ id: nextId(), login, nickname, email: `${login}@seed.invalid`, ...shared }),
    )
    const rooms = request.rooms.map(({ name, members: indices }) => {
      const members = [...new Set(indices)].map((index) => users[index]!)
      const room: Room = { id: nextId(), code: randomUUID(), kind: 'group', name, createdAtMs: shared.createdAtMs }
      return { id: room.id, room, members, memberIds: members.map(({ id }) => id) }
    })
    await store.directory.seed(users, rooms)
    const lastSeqs = await writeHistory(store, rooms, request.history ?? noHistory)
    const signed = await signAll(tokens, users, request.tokenLifetimeMs)
    return {
      users: users.map(({ id }, i) => ({ id, token: signed[i]! })),
      rooms: rooms.map(({ id }, i) => ({ id, lastSeq: lastSeqs[i]! })),
    }
  }
}

async function signAll(tokens: Tokens, users: readonly User[], lifetimeMs: number): Promise<string[]> {
  const signed: string[] = []
  for (let start = 0; start < users.length; start += signBatch) {
    const batch = users.slice(start, start + signBatch)
    signed.push(...(await Promise.all(batch.map((user) => tokens.sign(user, lifetimeMs)))))
  }
  return signed
}

function checkSeed({ users, rooms }: SeedRequest): void {
  const problems: string[] = []
  for (const field of ['login', 'nickname'] as const) {
    const seen = new Set<string>()
    for (const [i, user] of users.entries()) {
      if (seen.has(user[field])) problems.push(`users[${i}].${field} "${user[field]}" is there twice`)
      seen.add(user[field])
    }
  }
  for (const [i, { members }] of rooms.entries()) {
    const outside = members.filter((index) => index >= users.length)
    if (outside.length > 0)
      problems.push(`rooms[${i}].members has ${outside.join(', ')}, but there are ${users.length} users`)
  }
  if (problems.length > 0) throw new ChatError('SYS-400', problems.slice(0, 20).join('; '))
}
