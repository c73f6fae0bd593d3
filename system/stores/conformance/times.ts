import assert from 'node:assert/strict'
import type { StoreCase } from './case.ts'
import { message, messages, room, user, wholeRoom, wholeRoomBackwards } from './samples.ts'

/** Half an hour, a day and a summer time apart, so that no engine's own zone agrees with all of them. */
const zones = ['Pacific/Kiritimati', 'America/St_Johns', 'Asia/Seoul'] as const

/** The hour that is left out and the one that comes twice where clocks are changed; beyond 2038 and 2106; the first. */
const instants: readonly number[] = [
  Date.parse('2024-03-10T06:30:00.001Z'),
  Date.parse('2024-03-10T07:30:00.999Z'),
  Date.parse('2024-11-03T04:45:00.500Z'),
  Date.parse('2024-11-03T05:45:00.500Z'),
  Date.parse('2038-01-19T03:14:08.123Z'),
  Date.parse('2107-01-01T00:00:00.007Z'),
  0,
]

/** Runs `work` as a process whose clock shows the time of `zone` would. */
async function inZone<Result>(zone: string, work: () => Promise<Result>): Promise<Result> {
  const own = process.env.TZ
  process.env.TZ = zone
  try {
    return await work()
  } finally {
    if (own === undefined) delete process.env.TZ
    else process.env.TZ = own
  }
}

export const timeCases: readonly StoreCase[] = [
  {
    name: 'messages of one millisecond keep the order of their seq',
    async run({ store }) {
      const written = messages(30, { acceptedAtMs: 1_700_000_000_000 })
      await store.appendMessages(written.toReversed())
      assert.deepEqual(await wholeRoom(store), written)
    },
  },
  {
    name: 'clocks that run backwards or apart change no order, no page and no last message',
    async run({ store }) {
      const skewMs = 300_000
      const written = messages(20).map((each, i) => ({
        ...each,
        acceptedAtMs: each.acceptedAtMs - i * 1_000,
        sentAtMs: each.acceptedAtMs + (i % 2 === 0 ? skewMs : -skewMs),
      }))
      await store.directory.createRoom(room(1), ['user-1'])
      for (let i = 0; i < 20; i += 5) await store.appendMessages(written.slice(i, i + 5))
      assert.deepEqual(await wholeRoom(store), written)
      assert.deepEqual(await wholeRoomBackwards(store), written.toReversed())
      assert.deepEqual(await store.lastSeqs([{ roomId: 'room-1', belowSeq: 11 }]), [10])
      const { rooms } = await store.directory.roomsOf('user-1', { limit: 5 })
      assert.equal(rooms[0]?.last?.seq, 20)
    },
  },
  {
    name: 'rooms whose messages are of one millisecond are listed once each, with the highest seq as the last',
    async run({ store }) {
      const acceptedAtMs = 1_700_000_000_000
      for (const k of [1, 2, 3, 4, 5]) {
        await store.directory.createRoom(room(k), ['user-1', 'user-2'])
        const inRoom = messages(4, { roomId: `room-${k}`, acceptedAtMs })
        await store.appendMessages(inRoom.map((each) => ({ ...each, clientMessageId: `${k}-${each.seq}` })))
      }
      const listed: [string, number | undefined][] = []
      for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
        const page = await store.directory.roomsOf('user-1', { limit: 2, cursor })
        listed.push(...page.rooms.map(({ room: { id }, last }) => [id, last?.seq] as [string, number | undefined]))
        cursor = page.next
      }
      const expected = [1, 2, 3, 4, 5].map((k) => [`room-${k}`, 4])
      assert.deepEqual(listed.toSorted(), expected)
    },
  },
  {
    name: 'times come back as the same instants, whatever the time zones of who writes, who reads and the engine',
    async run({ store, another }) {
      const written = instants.map((instant, i) => message(i + 1, { acceptedAtMs: instant, sentAtMs: instant }))
      const users = instants.map((createdAtMs, i) => user(i, { createdAtMs }))
      const rooms = instants.map((createdAtMs, i) => room(i, { createdAtMs }))
      const expiresAtMs = Date.now() + 86_400_123
      await store.close()
      await inZone(zones[0], async () => {
        const writer = await another()
        await writer.appendMessages(written)
        for (const each of users) await writer.directory.addUser(each)
        for (const each of rooms) await writer.directory.createRoom(each, ['user-1'])
        for (const zone of zones) await writer.directory.putRefresh(zone, 'user-1', expiresAtMs)
        await writer.close()
      })
      for (const zone of zones) {
        await inZone(zone, async () => {
          const reader = await another()
          assert.deepEqual(await wholeRoom(reader), written)
          for (const each of users) assert.deepEqual(await reader.directory.userByLogin(each.login), each)
          for (const each of rooms) assert.deepEqual(await reader.directory.roomById(each.id), each)
          assert.deepEqual(await reader.directory.takeRefresh(zone), { userId: 'user-1', expiresAtMs })
          await reader.close()
        })
      }
    },
  },
]
