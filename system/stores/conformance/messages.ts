import assert from 'node:assert/strict'
import { messageTypes } from '../../protocol/message.ts'
import { StoreError } from '../store.ts'
import type { StoreCase } from './case.ts'
import {
  bodies,
  deepFreeze,
  longestNames,
  longestNicknames,
  lookAlikes,
  message,
  messages,
  wholeRoom,
  wholeRoomBackwards,
} from './samples.ts'

export const messageCases: readonly StoreCase[] = [
  {
    name: 'every field of a message comes back as it was written',
    async run({ store }) {
      const written = bodies.map((body, i) => message(i + 1, { body, type: messageTypes[i % messageTypes.length]! }))
      written.push(message(99, { fileId: 'file-1', sentAtMs: 1_699_999_999_999 }))
      written.push(message(100, { sentAtMs: 0, acceptedAtMs: Date.parse('2107-01-01T00:00:00.007Z') }))
      assert.deepEqual(await store.appendMessages(written), { refused: [] })
      assert.deepEqual(await wholeRoom(store), written)
    },
  },
  {
    name: 'identities with quotes, Korean and control characters, and such as look alike, are kept apart',
    async run({ store }) {
      const ids = ["o'hara", '한글', 'a\u0001b', 'a\u0002b', '$where', 'a.b', ...lookAlikes]
      const written = ids.map((clientMessageId, i) => message(i + 1, { clientMessageId }))
      assert.deepEqual(await store.appendMessages(written), { refused: [] })
      assert.deepEqual(await store.appendMessages(written), { refused: [] })
      assert.deepEqual(await wholeRoom(store), written)
    },
  },
  {
    name: 'names of the greatest length come back whole, of characters of one, three and four bytes',
    async run({ store }) {
      const written = longestNames.map((name, i) =>
        message(i + 1, { clientMessageId: name, fileId: name, nickname: longestNicknames[i]! }),
      )
      assert.deepEqual(await store.appendMessages(written), { refused: [] })
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

/** For `assert.rejects`: an error of the contract with this code. */
export function isStoreError(code?: StoreError['code'], retryable?: boolean) {
  return (error: unknown) => {
    assert.ok(error instanceof StoreError, `a StoreError was due, got ${error}`)
    if (code !== undefined) assert.equal(error.code, code)
    if (retryable !== undefined) assert.equal(error.retryable, retryable)
    return true
  }
}
