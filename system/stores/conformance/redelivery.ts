import assert from 'node:assert/strict'
import { limits } from '../../protocol/limits.ts'
import type { ChatMessage } from '../../protocol/message.ts'
import type { StoreCase } from './case.ts'
import { isStoreError } from './messages.ts'
import { message, messages, wholeRoom } from './samples.ts'

type Part = (batch: readonly ChatMessage[]) => ChatMessage[]

/** What the engine took of a batch before it failed, and what the driver sends when it tries again. */
const halfFailures: Readonly<Record<string, readonly [taken: Part, retried: Part]>> = {
  head: [(batch) => batch.slice(0, 11), (batch) => [...batch]],
  tail: [(batch) => batch.slice(11), (batch) => [...batch]],
  third: [(batch) => batch.filter((_, i) => i % 3 === 0), (batch) => [...batch]],
  middleBackwards: [(batch) => batch.slice(7, 13), (batch) => batch.toReversed()],
  allButOne: [(batch) => batch.toSpliced(9, 1), (batch) => [...batch]],
  tailTwice: [(batch) => batch.slice(5), (batch) => [...batch, ...batch.slice(15)]],
}

function placeOf({ roomId, seq, clientMessageId }: ChatMessage): string {
  return `${roomId} ${seq} ${clientMessageId}`
}

export const redeliveryCases: readonly StoreCase[] = [
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
    name: 'a batch part of which was stored before adds the rest, whichever part it was and in whatever order',
    async run({ store }) {
      for (const [r, [was, retried]] of Object.values(halfFailures).entries()) {
        const roomId = `room-${r}`
        const batch = messages(20).map((each, i) => ({ ...each, roomId, clientMessageId: `${r}-${i}` }))
        await store.appendMessages(was(batch))
        assert.deepEqual(await store.appendMessages(retried(batch)), { refused: [] })
        assert.deepEqual(await wholeRoom(store, roomId), batch)
      }
    },
  },
  {
    name: 'a batch of 500 of the largest messages over several rooms is stored to the last, and once when repeated',
    async run({ store }) {
      const body = '가'.repeat(Math.floor(limits.bodyBytes / 3))
      const batch = messages(500, { body }).map((each, i) => ({ ...each, roomId: `room-${i % 3}` }))
      assert.deepEqual(await store.appendMessages(batch), { refused: [] })
      assert.deepEqual(await store.appendMessages(batch.slice(400)), { refused: [] })
      for (const r of [0, 1, 2]) {
        const rows = await wholeRoom(store, `room-${r}`, 50)
        assert.deepEqual(rows.map(placeOf), batch.filter((_, i) => i % 3 === r).map(placeOf))
        assert.ok(rows.every((row) => row.body === body))
      }
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
    name: 'a batch delivered again is told of the same refused messages again',
    async run({ store }) {
      const again = message(5, { clientMessageId: message(1).clientMessageId })
      const inside = message(6, { clientMessageId: message(2).clientMessageId })
      await store.appendMessages([message(1)])
      const batch = [message(2), again, message(4), inside]
      for (let delivery = 0; delivery < 3; delivery++) {
        assert.deepEqual(await store.appendMessages(batch), { refused: [again, inside] })
      }
      assert.deepEqual(await wholeRoom(store), [message(1), message(2), message(4)])
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
    name: 'senders may use one clientMessageId',
    async run({ store }) {
      const senders = ['user-1', 'user-2', 'USER-1']
      const written = senders.map((senderId, i) => message(i + 1, { clientMessageId: 'one', senderId }))
      assert.deepEqual(await store.appendMessages(written), { refused: [] })
      assert.deepEqual(await wholeRoom(store), written)
    },
  },
  {
    name: 'another message under a taken place is an error that no repetition cures; the first one stays',
    promisedBy: ({ secondWrite }) => secondWrite === 'refuses',
    async run({ store }) {
      await store.appendMessages([message(1)])
      const intruder = message(1, { clientMessageId: 'other', body: 'intruder' })
      await assert.rejects(store.appendMessages([intruder]), isStoreError('STORE-FAILED', false))
      assert.deepEqual(await wholeRoom(store), [message(1)])
    },
  },
]
