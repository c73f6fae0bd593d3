import assert from 'node:assert/strict'
import type { ChatMessage } from '../../protocol/message.ts'
import type { StoreCase } from './case.ts'
import { message, messages, wholeRoom, wholeRoomBackwards } from './samples.ts'

export const pagingCases: readonly StoreCase[] = [
  {
    name: 'pages forwards and backwards give each message once while others are appended',
    async run({ store }) {
      const before = messages(40)
      await store.appendMessages(before)
      const appending = (async () => {
        for (let k = 41; k <= 80; k += 4) await store.appendMessages([0, 1, 2, 3].map((i) => message(k + i)))
      })()
      const [forwards, backwards] = await Promise.all([wholeRoom(store), wholeRoomBackwards(store)])
      await appending
      assert.deepEqual(forwards, messages(forwards.length))
      assert.deepEqual(backwards.toReversed(), messages(backwards.length))
      assert.ok(forwards.length >= 40 && backwards.length >= 40)
      assert.deepEqual(await wholeRoom(store), messages(80))
    },
  },
  {
    name: 'a walk during which messages come in between any two pages gives each message once, both ways',
    async run({ store, another }) {
      const writer = store.guarantees.multiProcess ? await another() : store
      const seqs = (k: number) => 2 ** 40 + 7 * k
      const placed = (k: number) => message(k, { seq: seqs(k), prevSeq: k === 1 ? 0 : seqs(k - 1) })
      let written = 0
      const writeMore = async () => {
        for (let i = 0; i < 3; i++) await writer.appendMessages([placed(++written)])
      }
      for (let i = 0; i < 10; i++) await writeMore()
      const backwards: ChatMessage[] = []
      for (let more = true; more; ) {
        const page = await store.readBefore('room-1', backwards.at(-1)?.seq, 4)
        backwards.push(...page)
        more = page.length === 4
        await writeMore()
      }
      assert.deepEqual(backwards.toReversed(), sequence(30, placed))
      const forwards: ChatMessage[] = []
      for (let more = true; more; ) {
        const page = await store.readAfter('room-1', forwards.at(-1)?.seq ?? 0, 4)
        forwards.push(...page)
        more = page.length === 4
        if (written < 90) await writeMore()
      }
      assert.deepEqual(forwards, sequence(written, placed))
    },
  },
  {
    name: 'readers that follow several rooms while others write see each message once and in order',
    async run({ store, another }) {
      const writer = store.guarantees.multiProcess ? await another() : store
      const rooms = ['room-1', 'room-2', 'room-3']
      const rounds = 40
      const ofRoom = (roomId: string) => (k: number) => message(k, { roomId, clientMessageId: `${roomId}-${k}` })
      let ended = false
      const write = async () => {
        for (let k = 1; k <= rounds; k++) await writer.appendMessages(rooms.map((roomId) => ofRoom(roomId)(k)))
      }
      const writing = write().finally(() => {
        ended = true
      })
      const follow = async (roomId: string) => {
        const seen: ChatMessage[] = []
        for (let more = true; more; ) {
          const hadEnded = ended
          const page = await store.readAfter(roomId, seen.at(-1)?.seq ?? 0, 3)
          seen.push(...page)
          more = page.length > 0 || !hadEnded
          assert.equal(seen.at(-1)?.seq ?? 0, seen.length, 'a message was skipped or given twice')
        }
        assert.deepEqual(seen, sequence(rounds, ofRoom(roomId)))
      }
      await Promise.all([writing, ...rooms.map(follow)])
    },
  },
  {
    name: 'bounds of a page need not be the place of a message',
    async run({ store }) {
      const placed = (k: number) => message(k, { seq: k * 1_000, prevSeq: (k - 1) * 1_000 })
      await store.appendMessages(sequence(10, placed))
      assert.deepEqual(await store.readAfter('room-1', 2_999, 2), [placed(3), placed(4)])
      assert.deepEqual(await store.readAfter('room-1', 3_001, 2), [placed(4), placed(5)])
      assert.deepEqual(await store.readBefore('room-1', 3_001, 2), [placed(3), placed(2)])
      assert.deepEqual(await store.readBefore('room-1', 2_999, 9), [placed(2), placed(1)])
      const belowSeqs = [3_001, 3_000, 999, Number.MAX_SAFE_INTEGER]
      const positions = belowSeqs.map((belowSeq) => ({ roomId: 'room-1', belowSeq }))
      assert.deepEqual(await store.lastSeqs(positions), [3_000, 2_000, 0, 10_000])
    },
  },
  {
    name: 'bounds of a page are exclusive and its limit holds',
    async run({ store }) {
      await store.appendMessages(messages(10))
      assert.deepEqual(await store.readAfter('room-1', 3, 2), [message(4), message(5)])
      assert.deepEqual(await store.readBefore('room-1', 3, 200), [message(2), message(1)])
      assert.deepEqual(await store.readBefore('room-1', undefined, 1), [message(10)])
      assert.deepEqual(await store.readAfter('room-1', 10, 5), [])
      assert.deepEqual(await store.readBefore('room-1', 1, 5), [])
    },
  },
  {
    name: 'an empty room reads as empty, and an empty batch changes nothing',
    async run({ store }) {
      assert.deepEqual(await store.appendMessages([]), { refused: [] })
      assert.deepEqual(await store.readAfter('room-1', 0, 5), [])
      assert.deepEqual(await store.readBefore('room-1', undefined, 5), [])
      assert.deepEqual(await store.lastSeqs([{ roomId: 'room-1', belowSeq: 9 }]), [0])
      assert.deepEqual(await store.lastSeqs([]), [])
    },
  },
  {
    name: 'rooms do not see each other, not even when one id begins with the other',
    async run({ store }) {
      const rooms = ['room', 'room-1', 'room-10', 'Room']
      const written = rooms.flatMap((roomId, r) =>
        [1, 2, 3].map((seq) => message(seq, { roomId, clientMessageId: `${r}-${seq}`, seq, prevSeq: seq - 1 })),
      )
      await store.appendMessages(written)
      for (const [r, roomId] of rooms.entries()) {
        assert.deepEqual(await wholeRoom(store, roomId), written.slice(r * 3, r * 3 + 3))
        assert.deepEqual(await store.readBefore(roomId, undefined, 1), [written[r * 3 + 2]])
      }
      const positions = [...rooms, 'nowhere', 'room'].map((roomId, i) => ({ roomId, belowSeq: i + 1 }))
      assert.deepEqual(await store.lastSeqs(positions), [0, 1, 2, 3, 0, 3])
    },
  },
]

function sequence(count: number, placed: (k: number) => ChatMessage): ChatMessage[] {
  return Array.from({ length: count }, (_, i) => placed(i + 1))
}
