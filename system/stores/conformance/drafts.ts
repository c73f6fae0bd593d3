import assert from 'node:assert/strict'
import type { Store } from '../store.ts'
import type { StoreCase } from './case.ts'
import { isStoreError } from './messages.ts'
import { bodies, deepFreeze, draft, message, wholeRoom } from './samples.ts'

const assignsSeq = { promisedBy: (guarantees: Store['guarantees']) => guarantees.assignsSeq }

export const draftCases: readonly StoreCase[] = [
  {
    ...assignsSeq,
    name: 'drafts get the next seq of their room, in the order given, in an unbroken chain',
    async run({ store }) {
      const rooms = ['room-1', 'room-2', 'room-1', 'room-1', 'room-2']
      const drafts = deepFreeze(rooms.map((roomId, k) => draft(k, { roomId })))
      const outcomes = [...(await store.appendDrafts(drafts)), ...(await store.appendDrafts([draft(9)]))]
      const places = outcomes.map(({ message: { roomId, seq, prevSeq } }) => [roomId, seq, prevSeq])
      const expected = [
        ['room-1', 1, 0],
        ['room-2', 1, 0],
        ['room-1', 2, 1],
        ['room-1', 3, 2],
        ['room-2', 2, 1],
        ['room-1', 4, 3],
      ]
      assert.deepEqual(places, expected)
      assert.ok(outcomes.every(({ duplicate }) => !duplicate))
    },
  },
  {
    ...assignsSeq,
    name: 'what an append resolves to is what is read afterwards, every field of it',
    async run({ store }) {
      const drafts = bodies.map((body, k) => draft(k, { body, fileId: `file-${k}`, sentAtMs: k }))
      const outcomes = await store.appendDrafts(drafts)
      const read = await wholeRoom(store)
      assert.deepEqual(
        outcomes.map(({ message }) => message),
        read,
      )
      assert.deepEqual(
        read.map(({ seq: _seq, prevSeq: _prevSeq, ...rest }) => rest),
        drafts,
      )
    },
  },
  {
    ...assignsSeq,
    name: 'a repeated draft yields the stored message, across batches and inside one',
    async run({ store }) {
      const [first] = await store.appendDrafts([draft(1)])
      const repeat = draft(8, { clientMessageId: draft(1).clientMessageId, body: 'sent again by the client' })
      const outcomes = await store.appendDrafts([draft(2), repeat, draft(3), { ...draft(3), id: 'another id' }])
      assert.deepEqual(
        outcomes.map(({ message, duplicate }) => [message.seq, duplicate]),
        [
          [2, false],
          [1, true],
          [3, false],
          [3, true],
        ],
      )
      assert.deepEqual(outcomes[1]!.message, first!.message)
      assert.deepEqual(
        (await wholeRoom(store)).map(({ prevSeq }) => prevSeq),
        [0, 1, 2],
      )
    },
  },
  {
    promisedBy: (guarantees) => guarantees.assignsSeq && guarantees.multiProcess,
    name: 'two processes that append to one room at once make one unbroken chain',
    async run({ store, another }) {
      const second = await another()
      const writers = [store, second].flatMap((each, w) =>
        Array.from({ length: 20 }, (_, b) =>
          each.appendDrafts([0, 1, 2].map((i) => draft(b * 3 + i, { senderId: `user-${w}` }))),
        ),
      )
      const outcomes = (await Promise.all(writers)).flat()
      const read = await wholeRoom(store)
      assert.equal(read.length, 120)
      assert.ok(read.every(({ seq, prevSeq }, i) => prevSeq === (read[i - 1]?.seq ?? 0) && seq > prevSeq))
      const acked = outcomes.map(({ message }) => message).sort((a, b) => a.seq - b.seq)
      assert.deepEqual(acked, read)
      await second.close()
    },
  },
  {
    promisedBy: (guarantees) => guarantees.assignsSeq && guarantees.multiProcess,
    name: 'a draft comes after every message of its room, whoever stored it and whatever its seq',
    async run({ store, another }) {
      const second = await another()
      await store.appendDrafts([draft(1)])
      await second.appendMessages([message(2, { seq: 50, prevSeq: 1 })])
      const [next] = await store.appendDrafts([draft(3)])
      assert.deepEqual([next!.message.seq, next!.message.prevSeq], [51, 50])
      await second.close()
    },
  },
  {
    promisedBy: (guarantees) => !guarantees.assignsSeq,
    name: 'a store that gives no seq refuses drafts with a coded error',
    async run({ store }) {
      await assert.rejects(store.appendDrafts([draft(1)]), isStoreError('STORE-REFUSED', false))
      assert.deepEqual(await wholeRoom(store), [])
    },
  },
]
