import assert from 'node:assert/strict'
import { ChatError, type ErrorCode } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { StoreCase } from './case.ts'
import { deepFreeze, longestNicknames, lookAlikes, message, room, user } from './samples.ts'

function isChatError(code: ErrorCode) {
  return (error: unknown) => {
    assert.ok(error instanceof ChatError, `a ChatError was due, got ${error}`)
    assert.equal(error.code, code)
    return true
  }
}

const users: readonly StoreCase[] = [
  {
    name: 'a user comes back by login and by id, every field of it',
    async run({ store: { directory } }) {
      await directory.addUser(deepFreeze(user(1)))
      await directory.addUser(user(2))
      await directory.addUser(user(1))
      assert.deepEqual(await directory.userByLogin('login-1'), user(1))
      assert.equal(await directory.userByLogin('nobody'), undefined)
      const found = await directory.usersByIds(['user-2', 'nobody', 'user-1'])
      assert.deepEqual(found.toSorted(byId), [user(1), user(2)])
    },
  },
  {
    name: 'a taken login, email or nickname is refused and nothing of that user is written',
    async run({ store: { directory } }) {
      await directory.addUser(user(1))
      for (const name of ['login', 'email', 'nickname'] as const) {
        const second = user(2, { [name]: user(1)[name] })
        await assert.rejects(directory.addUser(second), isChatError('AUTH-409'))
      }
      assert.deepEqual(await directory.usersByIds(['user-2']), [])
      await directory.addUser(user(2))
    },
  },
  {
    name: 'names that look alike are different names, and the longest come back whole',
    async run({ store: { directory } }) {
      const names = [...lookAlikes, ...longestNicknames]
      const asked = names.map((name, k) => user(k, { login: name, email: `${name}@example.test`, nickname: name }))
      for (const each of asked) await directory.addUser(each)
      for (const each of asked) assert.deepEqual(await directory.userByLogin(each.login), each)
    },
  },
  {
    name: 'of two who ask for one name at once one gets it',
    async run({ store: { directory } }) {
      const asked = [user(1), user(2, { nickname: user(1).nickname })]
      const results = await Promise.allSettled(asked.map((each) => directory.addUser(each)))
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
    },
  },
  {
    name: 'a refresh token is taken once, also by two at once',
    async run({ store: { directory } }) {
      const expiresAtMs = Date.now() + 3_600_000
      await directory.putRefresh('hash', 'user-1', expiresAtMs)
      const taken = await Promise.all([directory.takeRefresh('hash'), directory.takeRefresh('hash')])
      assert.deepEqual(
        taken.filter((token) => token !== undefined),
        [{ userId: 'user-1', expiresAtMs }],
      )
      assert.equal(await directory.takeRefresh('hash'), undefined)
    },
  },
]

const membership: readonly StoreCase[] = [
  {
    name: 'a room comes back by id and by code, with its members and their nicknames',
    async run({ store: { directory } }) {
      await directory.addUser(user(1))
      await directory.addUser(user(2))
      const named = room(1, { name: "방 '1'" })
      const made = await directory.createRoom(named, deepFreeze(['user-2', 'user-1', 'user-2']))
      assert.deepEqual(made, { room: named, returned: [] })
      assert.deepEqual(await directory.roomById('room-1'), named)
      assert.deepEqual(await directory.roomByCode('code-1'), named)
      assert.equal(await directory.roomByCode('none'), undefined)
      const marks = { lastDeliveredSeq: 0, lastReadSeq: 0 }
      assert.deepEqual(await directory.members('room-1'), [
        { userId: 'user-1', nickname: user(1).nickname, ...marks },
        { userId: 'user-2', nickname: user(2).nickname, ...marks },
      ])
    },
  },
  {
    name: 'a room is made once by its id; a code of another room is refused',
    async run({ store: { directory } }) {
      await directory.createRoom(room(1), ['user-1'])
      assert.deepEqual(await directory.createRoom(room(1), ['user-1']), { room: room(1), returned: [] })
      await assert.rejects(directory.createRoom(room(2, { code: 'code-1' }), ['user-2']), isChatError('ROOM-409'))
      assert.equal(await directory.roomById('room-2'), undefined)
      assert.equal(await directory.isMember('room-2', 'user-2'), false)
    },
  },
  {
    name: 'a pair has one direct room, whoever asks and however many at once',
    async run({ store: { directory } }) {
      const ask = (k: number, pair: string[]) => directory.createRoom(room(k, { kind: 'direct' }), pair)
      const made = await Promise.all([ask(1, ['a', 'b']), ask(2, ['b', 'a']), ask(3, ['a', 'b'])])
      const roomId = made[0].room.id
      assert.deepEqual(
        made.map(({ room: { id }, returned }) => [id, returned]),
        made.map(() => [roomId, []]),
      )
      assert.equal((await ask(4, ['b', 'a'])).room.id, roomId)
      assert.equal((await ask(5, ['a', 'c'])).room.id, 'room-5')
      assert.deepEqual((await directory.members(roomId)).length, 2)
      assert.equal((await directory.roomsOf('a', { limit: 9 })).rooms.length, 2)
    },
  },
  {
    name: 'a direct room has exactly two members',
    async run({ store: { directory } }) {
      const direct = room(1, { kind: 'direct' })
      await assert.rejects(directory.createRoom(direct, ['a']), isChatError('ROOM-409'))
      await assert.rejects(directory.createRoom(direct, ['a', 'a']), isChatError('ROOM-409'))
      await directory.createRoom(direct, ['a', 'b'])
      await assert.rejects(directory.addMember('room-1', 'c'), isChatError('ROOM-409'))
      assert.deepEqual(await directory.addMember('room-1', 'a'), { added: false })
    },
  },
  {
    name: 'who left a direct room is back when the pair is asked for again, in the same room and once',
    async run({ store: { directory } }) {
      const ask = (k: number, pair: string[]) => directory.createRoom(room(k, { kind: 'direct' }), pair)
      const membersOf = async () => (await directory.members('room-1')).map(({ userId }) => userId)
      await ask(1, ['a', 'b'])
      await directory.raiseReceipt('room-1', 'b', 'read', 7)
      await directory.removeMember('room-1', 'a')
      const asked = await Promise.all([ask(2, ['b', 'a']), ask(3, ['a', 'b'])])
      assert.deepEqual(new Set(asked.map((made) => made.room.id)), new Set(['room-1']))
      assert.deepEqual(
        asked.flatMap(({ returned }) => returned),
        ['a'],
      )
      assert.deepEqual(await membersOf(), ['a', 'b'])
      assert.equal((await directory.members('room-1'))[1]!.lastReadSeq, 7)
      for (const userId of ['a', 'b']) await directory.removeMember('room-1', userId)
      assert.deepEqual((await ask(1, ['a', 'b'])).returned.toSorted(), ['a', 'b'])
      assert.deepEqual(await membersOf(), ['a', 'b'])
    },
  },
  {
    name: 'who left a group stays away when it is made again by its id',
    async run({ store: { directory } }) {
      await directory.createRoom(room(1), ['a', 'b'])
      await directory.removeMember('room-1', 'a')
      assert.deepEqual((await directory.createRoom(room(1), ['a', 'b'])).returned, [])
      assert.equal(await directory.isMember('room-1', 'a'), false)
    },
  },
  {
    name: 'joining and leaving are idempotent; an unknown room cannot be joined',
    async run({ store: { directory } }) {
      await directory.createRoom(room(1), [])
      assert.deepEqual(await directory.addMember('room-1', 'a'), { added: true })
      assert.deepEqual(await directory.addMember('room-1', 'a'), { added: false })
      assert.equal(await directory.isMember('room-1', 'a'), true)
      assert.equal(await directory.isMember('room-1', 'b'), false)
      assert.deepEqual(await directory.removeMember('room-1', 'a'), { removed: true })
      assert.deepEqual(await directory.removeMember('room-1', 'a'), { removed: false })
      assert.equal(await directory.isMember('room-1', 'a'), false)
      await assert.rejects(directory.addMember('nowhere', 'a'), isChatError('ROOM-404'))
    },
  },
  {
    name: 'a full room takes nobody more',
    async run({ store: { directory } }) {
      const ids = Array.from({ length: limits.roomMembers + 1 }, (_, k) => `m${k}`)
      await assert.rejects(directory.createRoom(room(2), ids), isChatError('ROOM-409'))
      await directory.createRoom(room(1), ids.slice(1))
      await assert.rejects(directory.addMember('room-1', 'one-more'), isChatError('ROOM-409'))
      assert.equal(await directory.isMember('room-1', 'one-more'), false)
      assert.deepEqual(await directory.addMember('room-1', 'm1'), { added: false })
    },
  },
  {
    name: 'receipt marks only rise, also when raised at once; who is no member has none',
    async run({ store: { directory } }) {
      await directory.createRoom(room(1), ['a'])
      const raise = (seq: number) => directory.raiseReceipt('room-1', 'a', 'read', seq)
      await Promise.all([3, 7, 2 ** 41, 5, 1].map(raise))
      assert.equal(await raise(2 ** 41), false)
      assert.equal(await raise(6), false)
      assert.equal(await directory.raiseReceipt('room-1', 'a', 'delivered', 9), false)
      assert.equal(await directory.raiseReceipt('room-1', 'b', 'delivered', 9), false)
      const [member] = await directory.members('room-1')
      assert.deepEqual(member, { userId: 'a', nickname: '', lastDeliveredSeq: 2 ** 41, lastReadSeq: 2 ** 41 })
    },
  },
  {
    name: 'what is read was delivered; what is delivered is not read',
    async run({ store: { directory } }) {
      await directory.createRoom(room(1), ['a'])
      const marks = async (kind: 'delivered' | 'read', seq: number) => {
        assert.equal(await directory.raiseReceipt('room-1', 'a', kind, seq), true)
        const [member] = await directory.members('room-1')
        return [member!.lastDeliveredSeq, member!.lastReadSeq]
      }
      assert.deepEqual(await marks('delivered', 3), [3, 0])
      assert.deepEqual(await marks('read', 2), [3, 2])
      assert.deepEqual(await marks('read', 5), [5, 5])
    },
  },
]

const lists: readonly StoreCase[] = [
  {
    name: 'the room list is in order of last message, with last message, member count and unread of others',
    async run({ store }) {
      const { directory } = store
      for (const k of [1, 2, 3]) await directory.createRoom(room(k), ['a', 'b'])
      const inRoom = (k: number, roomId: string, senderId: string) => message(k, { roomId, senderId })
      const [one, two, three] = [inRoom(1, 'room-2', 'b'), inRoom(2, 'room-2', 'a'), inRoom(3, 'room-2', 'b')]
      await store.appendMessages([one, two, three, inRoom(4, 'room-1', 'a')])
      await directory.raiseReceipt('room-2', 'a', 'read', 1)
      const { rooms, next } = await directory.roomsOf('a', { limit: 10 })
      assert.equal(next, undefined)
      const lastOf = ({ seq, type, body, acceptedAtMs }: typeof one) => ({ seq, type, body, acceptedAtMs })
      assert.deepEqual(rooms, [
        { room: room(1), memberCount: 2, unread: 0, last: lastOf(inRoom(4, 'room-1', 'a')) },
        { room: room(2), memberCount: 2, unread: 1, last: lastOf(three) },
        { room: room(3), memberCount: 2, unread: 0 },
      ])
    },
  },
  {
    name: 'pages of the room list give each room once; a cursor nobody gave is refused',
    async run({ store: { directory } }) {
      for (let k = 1; k <= 7; k++) await directory.createRoom(room(k, { createdAtMs: 1_000 + (k >> 1) }), ['a'])
      const seen: string[] = []
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await directory.roomsOf('a', { limit: 2, cursor })
        seen.push(...page.rooms.map((entry) => entry.room.id))
        cursor = page.next
      }
      assert.deepEqual(seen, ['room-7', 'room-6', 'room-5', 'room-4', 'room-3', 'room-2', 'room-1'])
      await assert.rejects(directory.roomsOf('a', { limit: 2, cursor: 'nonsense' }), isChatError('SYS-400'))
      assert.deepEqual(await directory.roomsOf('nobody', { limit: 2 }), { rooms: [] })
    },
  },
  {
    name: 'a seed of 1,000 users and 200 rooms is whole, and a second one of the same names is refused',
    async run({ store: { directory } }) {
      const seeded = Array.from({ length: 1_000 }, (_, k) => user(k))
      const rooms = Array.from({ length: 200 }, (_, r) => ({
        room: room(r),
        memberIds: [0, 1, 2, 3, 4].map((i) => user(r * 5 + i).id),
      }))
      await directory.seed(deepFreeze(seeded), deepFreeze(rooms))
      const found = await directory.usersByIds(seeded.map(({ id }) => id))
      assert.deepEqual(found.toSorted(byId), seeded.toSorted(byId))
      const members = await directory.members('room-199')
      assert.deepEqual(
        members.map(({ userId }) => userId),
        ['user-995', 'user-996', 'user-997', 'user-998', 'user-999'],
      )
      assert.deepEqual(await directory.roomById('room-7'), room(7))
      await assert.rejects(directory.seed(seeded.slice(0, 3), []), isChatError('AUTH-409'))
      await directory.seed([], [])
    },
  },
]

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}

export const directoryCases: readonly StoreCase[] = [...users, ...membership, ...lists]
