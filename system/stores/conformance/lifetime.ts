import assert from 'node:assert/strict'
import type { StoreCase } from './case.ts'
import { isStoreError } from './messages.ts'
import { message, messages, user, wholeRoom } from './samples.ts'

export const lifetimeCases: readonly StoreCase[] = [
  {
    name: 'a store names the engine that answered and answers a ping',
    async run({ store }) {
      const { product, version } = await store.identity()
      assert.match(product, /^[A-Z]/)
      assert.match(version, /^\d+\.\d+/)
      assert.ok(Number.isInteger(store.schemaVersion) && store.schemaVersion > 0)
      await store.ping()
    },
  },
  {
    name: 'what was resolved is there for one who opens later',
    async run({ store, another }) {
      await store.appendMessages(messages(9))
      await store.directory.addUser(user(1))
      await store.close()
      const later = await another()
      assert.deepEqual(await wholeRoom(later), messages(9))
      assert.deepEqual(await later.directory.userByLogin('login-1'), user(1))
      assert.equal(later.schemaVersion, store.schemaVersion)
      await later.close()
    },
  },
  {
    name: 'a write is seen by another process as soon as it resolved',
    promisedBy: ({ multiProcess }) => multiProcess,
    async run({ store, another }) {
      const second = await another()
      for (let k = 1; k <= 10; k++) {
        await store.appendMessages([message(k)])
        assert.deepEqual(await second.readBefore('room-1', undefined, 1), [message(k)])
      }
      await second.close()
    },
  },
  {
    name: 'every call on a closed store rejects with a definite error',
    async run({ store }) {
      await store.close()
      const calls = [
        store.ping(),
        store.appendMessages([message(1)]),
        store.readAfter('room-1', 0, 1),
        store.directory.userByLogin('login-1'),
        store.logEpoch('topic'),
      ]
      for (const call of calls) await assert.rejects(call, isStoreError('STORE-REFUSED', false))
      await store.close()
    },
  },
  {
    name: 'the epoch of a topic is 1 for the first, one more for each new one, and stays',
    async run({ store }) {
      const asked = ['a', 'b', 'a', 'c', 'b', 'a']
      const epochs: number[] = []
      for (const topicId of asked) epochs.push(await store.logEpoch(topicId))
      assert.deepEqual(epochs, [1, 2, 1, 3, 2, 1])
    },
  },
  {
    name: 'processes that ask for epochs at once get one epoch a topic, without a gap',
    promisedBy: ({ multiProcess }) => multiProcess,
    async run({ store, another }) {
      const second = await another()
      const topics = ['a', 'b', 'c', 'd']
      const ask = (each: typeof store) => Promise.all(topics.map((topicId) => each.logEpoch(topicId)))
      const [mine, theirs] = await Promise.all([ask(store), ask(second)])
      assert.deepEqual(mine, theirs)
      assert.deepEqual(mine.toSorted(), [1, 2, 3, 4])
      await second.close()
    },
  },
]
