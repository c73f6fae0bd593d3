import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ChatError } from '../../../system/protocol/errors.ts'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import { writeHistory } from '../../../system/roles/internal/history.ts'
import { createSeeder } from '../../../system/roles/internal/seed.ts'
import { startTestApi } from '../../support/system/api.ts'

const users = (count: number) => Array.from({ length: count }, (_, i) => ({ login: `u${i}`, nickname: `n${i}` }))

test('3,000 users and their rooms are seeded, each with a token of its own', async () => {
  const api = await startTestApi()
  try {
    const { directory } = api.context.store
    const rooms = Array.from({ length: 600 }, (_, i) => ({
      name: `r${i}`,
      members: [0, 1, 2, 3, 4].map((n) => 5 * i + n),
    }))
    const seed = createSeeder(api.context.store, api.context.tokens)
    const seeded = await seed({ users: users(3_000), rooms, tokenLifetimeMs: 60_000 })
    assert.deepEqual([seeded.users.length, seeded.rooms.length], [3_000, 600])
    for (const index of [0, 1_321, 2_999]) {
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
    const seed = createSeeder(api.context.store, api.context.tokens)
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

test('a history lies below whatever the run will store, chained and spread over the rooms', async () => {
  const api = await startTestApi()
  try {
    const { store, tokens } = api.context
    const rooms = [
      { name: 'r0', members: [0, 1] },
      { name: 'r1', members: [2, 3] },
      { name: 'r2', members: [0, 3] },
    ]
    const history = { messages: 2_500, bodyBytes: 50 }
    const seeded = await createSeeder(store, tokens)({ users: users(4), rooms, history, tokenLifetimeMs: 60_000 })
    assert.deepEqual(
      seeded.rooms.map(({ lastSeq }) => lastSeq),
      [834, 833, 833],
    )
    const names = new Set<string>()
    for (const [index, { id, lastSeq }] of seeded.rooms.entries()) {
      const stored = await store.readAfter(id, 0, 5_000)
      const members = rooms[index]!.members.map((member) => seeded.users[member]!.id)
      assert.deepEqual([stored.length, stored.at(-1)!.seq], [lastSeq, lastSeq])
      for (const [i, message] of stored.entries()) {
        assert.deepEqual([message.seq, message.prevSeq], [i + 1, i])
        assert.equal(message.senderId, members[i % 2])
        assert.equal(Buffer.byteLength(message.body), 50)
        assert.match(message.clientMessageId, /^history-\d+$/)
        names.add(message.clientMessageId)
      }
      assert.equal(new Set(stored.map(({ body }) => body)).size, stored.length)
      const times = stored.map(({ acceptedAtMs }) => acceptedAtMs)
      assert.ok(times.every((time, i) => time < Date.now() && (i === 0 || time > times[i - 1]!)))
    }
    assert.equal(names.size, 2_500)
    const { id: senderId, nickname } = { id: seeded.users[0]!.id, nickname: 'n0' }
    const draft = {
      id: 'm',
      roomId: seeded.rooms[0]!.id,
      senderId,
      nickname,
      clientMessageId: '0-0-0',
      type: 'TALK',
    } as const
    const [next] = await store.appendDrafts([{ ...draft, body: 'live', acceptedAtMs: Date.now() }])
    assert.deepEqual([next!.message.seq, next!.message.prevSeq], [835, 834])
  } finally {
    await api.close()
  }
})

test('bodies of a history are exactly as long as asked for, from one byte on', async () => {
  for (const bodyBytes of [1, 5, 8, 9, 200, 102_400]) {
    const written: ChatMessage[] = []
    const appendMessages = async (messages: readonly ChatMessage[]) => {
      written.push(...messages)
      return { refused: [] }
    }
    const room = { id: 'r', members: [{ id: 'u', nickname: 'n' }] }
    assert.deepEqual(await writeHistory({ appendMessages }, [room], { messages: 70, bodyBytes }), [70])
    assert.ok(written.every(({ body }) => Buffer.byteLength(body) === bodyBytes && body.isWellFormed()))
  }
})
