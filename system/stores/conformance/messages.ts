import assert from 'node:assert/strict'
import { messageTypes } from '../../protocol/message.ts'
import { StoreError } from '../store.ts'
import type { StoreCase } from './case.ts'
import { bodies, deepFreeze, message, messages, wholeRoom, wholeRoomBackwards } from './samples.ts'

const roundTrip: readonly StoreCase[] = [
  {
    name: 'every field of a message comes back as it was written',
    async run({ store }) {
      const written = bodies.map((body, i) => message(i + 1, { body, type: messageTypes[i % messageTypes.length]! }))
      written.push(message(99, { fileId: 'file-1', sentAtMs: 1_699_999_999_999 }))
      assert.deepEqual(await store.appendMessages(written), { refused: [] })
      assert.deepEqual(await wholeRoom(store), written)
    },
  },
  {
    name: 'identities with quotes, Korean and NUL-free control characters are kept apart',
    async run({ store }) {
      const ids = ["o'hara", '한글', 'a\u0001b', 'a\u0002b', '$where', 'a.b', 'A', 'a', 'a ']
      const written = ids.map((clientMessageId, i) => message(i + 1, { clientMessageId }))
      assert.deepEqual(await store.appendMessages(written), { refused: [] })
      assert.deepEqual(await wholeRoom(store), written)
    },
  },
  {
    name: 'messages of one millisecond keep the order of their seq',
    async run({ store }) {
      const written = messages(30, { acceptedAtMs: 1_700_000_000_000 })
      await store.appendMessages(written.toReversed())
      assert.deepEqual(await wholeRoom(store), written)
    },
  },
  {
    name: 'seq is exact and ordered as a number up to the largest safe integer',
    async run({ store }) {
      const epoch = 2 ** 40
      const seqs = [
        1,
        9,
        10,
        epoch,
        epoch + 1,
        7 * epoch + 123,
        10 ** 15,
        Number.MAX_SAFE_INTEGER - 1,
        Number.MAX_SAFE_INTEGER,
      ]
      const written = seqs.map((seq, i) => message(i + 1, { seq, prevSeq: seqs[i - 1] ?? 0 }))
      await store.appendMessages(written)
      assert.deepEqual(await wholeRoom(store, 'room-1', 3), written)
      assert.deepEqual(await wholeRoomBackwards(store, 'room-1', 3), written.toReversed())
      const belowSeqs = [Number.MAX_SAFE_INTEGER, epoch + 1, 10, 1]
      const positions = belowSeqs.map((belowSeq) => ({ roomId: 'room-1', belowSeq }))
      assert.deepEqual(await store.lastSeqs(positions), [Number.MAX_SAFE_INTEGER - 1, epoch, 9, 0])
    },
  },
  {
    name: 'arguments are neither changed nor kept',
    async run({ store }) {
      const frozen = deepFreeze(messages(3, { sentAtMs: 5 }))
      await store.appendMessages(frozen)
      const reused = messages(5).slice(3)
      const writing = store.appendMessages(reused)
      await writing
      reused[0] = message(77, { body: 'changed by the caller afterwards' })
      reused.length = 1
      assert.deepEqual(
        (await wholeRoom(store)).map(({ body }) => body),
        ['message 1', 'message 2', 'message 3', 'message 4', 'message 5'],
      )
    },
  },
]

const repeats: readonly StoreCase[] = [
  {
    name: 'a batch delivered twice is stored once and nothing of it is refused',
    async run({ store }) {
      const batch = messages(20)
      await store.appendMessages(batch)
      assert.deepEqual(await store.appendMessages(batch), { refused: [] })
      assert.deepEqual(await wholeRoom(store), batch)
    },
  },
  {
    name: 'a batch half of which was stored before adds the other half',
    async run({ store }) {
      const batch = messages(20)
      await store.appendMessages(batch.filter((_, i) => i % 3 === 0))
      assert.deepEqual(await store.appendMessages(batch), { refused: [] })
      assert.deepEqual(await wholeRoom(store), batch)
    },
  },
  {
    name: 'a message twice in one batch is stored once',
    async run({ store }) {
      assert.deepEqual(await store.appendMessages([message(1), message(2), message(1)]), { refused: [] })
      assert.deepEqual(await wholeRoom(store), [message(1), message(2)])
    },
  },
  {
    name: 'a repeated identity under another seq is listed as refused, and the rest of the batch is stored',
    async run({ store }) {
      await store.appendMessages([message(1)])
      const again = message(5, { clientMessageId: message(1).clientMessageId })
      const elsewhere = message(6, { clientMessageId: message(1).clientMessageId, roomId: 'room-2' })
      const { refused } = await store.appendMessages([message(2), again, elsewhere, message(7)])
      assert.deepEqual(refused, [again, elsewhere])
      assert.deepEqual(await wholeRoom(store), [message(1), message(2), message(7)])
      assert.deepEqual(await wholeRoom(store, 'room-2'), [])
    },
  },
  {
    name: 'of one identity under two seqs in one batch the first is stored',
    async run({ store }) {
      const second = message(2, { clientMessageId: message(1).clientMessageId })
      assert.deepEqual(await store.appendMessages([message(1), second]), { refused: [second] })
      assert.deepEqual(await wholeRoom(store), [message(1)])
    },
  },
  {
    name: 'two senders may use one clientMessageId',
    async run({ store }) {
      const written = [message(1), message(2, { clientMessageId: message(1).clientMessageId, senderId: 'user-2' })]
      assert.deepEqual(await store.appendMessages(written), { refused: [] })
      assert.deepEqual(await wholeRoom(store), written)
    },
  },
  {
    name: 'another message under a taken place is an error that no repetition cures; the first one stays',
    async run({ store }) {
      await store.appendMessages([message(1)])
      const intruder = message(1, { clientMessageId: 'other', body: 'intruder' })
      await assert.rejects(store.appendMessages([intruder]), isStoreError('STORE-FAILED', false))
      assert.deepEqual(await wholeRoom(store), [message(1)])
    },
  },
  {
    name: 'one batch written by two processes at once is stored once',
    promisedBy: ({ multiProcess }) => multiProcess,
    async run({ store, another }) {
      const second = await another()
      const batch = messages(50)
      const results = await Promise.all([store, second, store, second].map((each) => each.appendMessages(batch)))
      assert.deepEqual(results, Array(4).fill({ refused: [] }))
      assert.deepEqual(await wholeRoom(store), batch)
      await second.close()
    },
  },
]

const reading: readonly StoreCase[] = [
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

/** For `assert.rejects`: an error of the contract with this code. */
export function isStoreError(code?: StoreError['code'], retryable?: boolean) {
  return (error: unknown) => {
    assert.ok(error instanceof StoreError, `a StoreError was due, got ${error}`)
    if (code !== undefined) assert.equal(error.code, code)
    if (retryable !== undefined) assert.equal(error.retryable, retryable)
    return true
  }
}

export const messageCases: readonly StoreCase[] = [...roundTrip, ...repeats, ...reading]
