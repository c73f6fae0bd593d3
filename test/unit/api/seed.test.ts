import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '../../../system/protocol/errors.ts'
import { createSeeder } from '../../../system/roles/internal/seed.ts'
import { startTestApi } from '../../support/system/api.ts'

const users = (count: number) => Array.from({ length: count }, (_, i) => ({ login: `u${i}`, nickname: `n${i}` }))

test('10,000 users and their rooms are seeded, each with a token of its own', async () => {
  const api = await startTestApi()
  try {
    const { directory } = api.context.store
    const rooms = Array.from({ length: 2_000 }, (_, i) => ({
      name: `r${i}`,
      members: [0, 1, 2, 3, 4].map((n) => 5 * i + n),
    }))
    const seed = createSeeder(directory, api.context.tokens)
    const seeded = await seed({ users: users(10_000), rooms, tokenLifetimeMs: 60_000 })
    assert.deepEqual([seeded.users.length, seeded.rooms.length], [10_000, 2_000])
    for (const index of [0, 4_321, 9_999]) {
      const { id, token } = seeded.users[index]!
      const claims = await api.context.tokens.verify(token)
      assert.deepEqual([claims.userId, claims.nickname], [id, `n${index}`])
      assert.equal(await directory.isMember(seeded.rooms[Math.floor(index / 5)]!.id, id), true)
    }
    assert.equal((await directory.members(seeded.rooms[7]!.id)).length, 5)
  } finally {
    await api.close()
  }
})

test('a seed that makes no sense is refused whole, with every problem', async () => {
  const api = await startTestApi()
  try {
    const seed = createSeeder(api.context.store.directory, api.context.tokens)
    const twice = [...users(2), { login: 'u0', nickname: 'n1' }]
    const request = { users: twice, rooms: [{ name: 'r', members: [0, 3] }], tokenLifetimeMs: 60_000 }
    const error = await seed(request).catch((reason: unknown) => reason)
    assert.ok(error instanceof ChatError && error.code === 'SYS-400')
    for (const part of ['users[2].login', 'users[2].nickname', 'rooms[0].members'])
      assert.ok(error.message.includes(part), part)
    assert.equal(await api.context.store.directory.userByLogin('u0'), undefined)
  } finally {
    await api.close()
  }
})
