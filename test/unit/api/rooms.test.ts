import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { startTestApi, type TestApi } from '../../support/system/api.ts'

describe('rooms over REST', () => {
  let api: TestApi
  const users: Record<'ann' | 'bob' | 'cem', { id: string; access: string }> = {} as never
  before(async () => {
    api = await startTestApi()
    for (const name of ['ann', 'bob', 'cem'] as const) users[name] = await api.newUser(name)
  })
  after(() => api.close())
  beforeEach(() => void api.signals.splice(0))

  const as = (name: keyof typeof users) => ({
    get: (path: string) => api.call('GET', path, { token: users[name].access }),
    post: (path: string, body: unknown = {}) => api.call('POST', path, { token: users[name].access, body }),
    delete: (path: string) => api.call('DELETE', path, { token: users[name].access }),
  })
  const newGroup = async (...members: (keyof typeof users)[]) => {
    const body = { kind: 'group', name: 'team', memberIds: members.map((name) => users[name].id) }
    return (await as('ann').post('/v1/rooms', body)).body as { id: string; code: string }
  }

  test('a new room has its creator and those named as members, and is in their lists', async () => {
    const made = await as('ann').post('/v1/rooms', { kind: 'group', name: '팀', memberIds: [users.bob.id] })
    assert.deepEqual([made.status, made.body.kind, made.body.name], [201, 'group', '팀'])
    assert.deepEqual(api.signals, [{ event: 'ROOM', roomId: made.body.id, change: 'CREATED', userId: users.ann.id }])
    const members = await as('bob').get(`/v1/rooms/${made.body.id}/members`)
    const ids = members.body.members.map((member: { userId: string }) => member.userId)
    assert.deepEqual(new Set(ids), new Set([users.ann.id, users.bob.id]))
    const list = await as('bob').get('/v1/rooms')
    assert.deepEqual(list.body.rooms[0].room, made.body)
    assert.deepEqual([list.body.rooms[0].memberCount, list.body.rooms[0].unread], [2, 0])
  })

  test('a direct room has two members, is made once a pair, and takes nobody else', async () => {
    const body = (id: string) => ({ kind: 'direct', memberIds: [id] })
    const first = await as('ann').post('/v1/rooms', body(users.cem.id))
    const second = await as('cem').post('/v1/rooms', body(users.ann.id))
    assert.deepEqual([first.status, second.status, second.body.id], [201, 200, first.body.id])
    const third = await as('ann').post(`/v1/rooms/${first.body.id}/members`, { userId: users.bob.id })
    assert.deepEqual([third.status, third.body.code], [409, 'ROOM-409'])
    const removed = await as('ann').delete(`/v1/rooms/${first.body.id}/members/${users.cem.id}`)
    assert.deepEqual([removed.status, removed.body.code], [409, 'ROOM-409'])
    const alone = await as('ann').post('/v1/rooms', body(users.ann.id))
    assert.deepEqual([alone.status, alone.body.code], [409, 'ROOM-409'])
  })

  test('who left a direct room is back, in the same room, when either asks for it again; that is told once', async () => {
    const ask = (name: 'ann' | 'bob', id: string) => as(name).post('/v1/rooms', { kind: 'direct', memberIds: [id] })
    const { id } = (await ask('ann', users.bob.id)).body
    for (const [leaver, asker, other] of [
      ['ann', 'ann', 'bob'],
      ['bob', 'ann', 'bob'],
    ] as const) {
      await as(leaver).post(`/v1/rooms/${id}/leave`)
      api.signals.splice(0)
      const again = [await ask(asker, users[other].id), await ask(asker, users[other].id)]
      assert.deepEqual(
        again.map(({ status, body }) => [status, body.id]),
        [
          [200, id],
          [200, id],
        ],
      )
      assert.deepEqual(api.signals, [{ event: 'MEMBER', roomId: id, userId: users[leaver].id, change: 'ADDED' }])
      assert.equal((await as(leaver).get(`/v1/rooms/${id}/messages`)).status, 200)
    }
  })

  test('joining by code is told once, however often it is done', async () => {
    const room = await newGroup()
    const once = await as('bob').post('/v1/rooms/join', { code: room.code })
    const twice = await as('bob').post('/v1/rooms/join', { code: room.code })
    assert.deepEqual([once.body.added, twice.body.added], [true, false])
    const added = api.signals.filter(({ event }) => event === 'MEMBER')
    assert.deepEqual(added, [{ event: 'MEMBER', roomId: room.id, userId: users.bob.id, change: 'ADDED' }])
    const wrong = await as('bob').post('/v1/rooms/join', { code: 'no such code' })
    assert.deepEqual([wrong.status, wrong.body.code], [404, 'ROOM-404'])
  })

  test('adding, removing and leaving are told with their kind, once', async () => {
    const { id } = await newGroup('cem')
    for (let i = 0; i < 2; i++) await as('ann').post(`/v1/rooms/${id}/members`, { userId: users.bob.id })
    await as('ann').delete(`/v1/rooms/${id}/members/${users.bob.id}`)
    await as('ann').delete(`/v1/rooms/${id}/members/${users.bob.id}`)
    for (let i = 0; i < 2; i++) await as('cem').post(`/v1/rooms/${id}/leave`)
    const changes = api.signals.flatMap((signal) => (signal.event === 'MEMBER' ? [[signal.userId, signal.change]] : []))
    assert.deepEqual(changes, [
      [users.bob.id, 'ADDED'],
      [users.bob.id, 'REMOVED'],
      [users.cem.id, 'LEFT'],
    ])
  })

  test('who is no member sees and changes nothing', async () => {
    const { id } = await newGroup()
    const asked = [
      await as('bob').get(`/v1/rooms/${id}`),
      await as('bob').get(`/v1/rooms/${id}/members`),
      await as('bob').get(`/v1/rooms/${id}/messages`),
      await as('bob').post(`/v1/rooms/${id}/members`, { userId: users.bob.id }),
      await as('bob').delete(`/v1/rooms/${id}/members/${users.ann.id}`),
      await as('bob').post(`/v1/rooms/${id}/messages`, { clientMessageId: 'x', type: 'TALK', body: 'x' }),
    ]
    for (const { status, body } of asked) assert.deepEqual([status, body.code], [403, 'ROOM-403'])
    const unknown = await as('bob').get('/v1/rooms/no-such-room/members')
    assert.deepEqual([unknown.status, unknown.body.code], [404, 'ROOM-404'])
  })

  test('unknown members are named, and no room is made', async () => {
    const count = async () => (await as('ann').get('/v1/rooms?limit=200')).body.rooms.length
    const before = await count()
    const answer = await as('ann').post('/v1/rooms', { kind: 'group', memberIds: ['ghost-1', users.bob.id] })
    assert.deepEqual([answer.status, answer.body.code], [400, 'SYS-400'])
    assert.match(answer.body.message, /ghost-1/)
    assert.equal(await count(), before)
  })

  test('the pages of the room list hold each room once', async () => {
    for (let i = 0; i < 5; i++) await newGroup()
    const whole = (await as('ann').get('/v1/rooms?limit=200')).body.rooms
    const paged = []
    let cursor = ''
    do {
      const page = (await as('ann').get(`/v1/rooms?limit=2${cursor}`)).body
      paged.push(...page.rooms)
      cursor = page.next && `&cursor=${encodeURIComponent(page.next)}`
    } while (cursor)
    assert.deepEqual(paged, whole)
    assert.equal((await as('ann').get('/v1/rooms?cursor=x')).body.code, 'SYS-400')
  })
})
