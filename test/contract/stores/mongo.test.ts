import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { MongoClient } from 'mongodb'
import { message, messages, room, user, wholeRoom } from '../../../system/stores/conformance/samples.ts'
import { storeConformance, storeKillRounds } from '../../../system/stores/conformance.ts'
import { migrate, migrations } from '../../../system/stores/mongo/migrations.ts'
import { openStore } from '../../../system/stores/open.ts'
import { type Store, StoreError } from '../../../system/stores/store.ts'
import { type AvailableComponent, provide, skipOrFail } from '../../support/components.ts'
import { killableEngine } from '../../support/killable-stores.ts'
import { databaseUrl, dropDatabase, freshMongo } from '../../support/mongo-store.ts'

const mongo = await provide('mongo')

if (mongo.available) {
  after(() => mongo.release())
  storeConformance(`mongo on ${mongo.component.identity.product}`, () => freshMongo(mongo.url))
  schemaTests(mongo)
} else {
  test('mongo: store contract', (t) => void skipOrFail(t, mongo))
}

function schemaTests({ url: serverUrl, component }: AvailableComponent): void {
  describe('schema of a MongoDB store', () => {
    const onDatabase = (name: string, run: (url: string, open: () => Promise<Store>) => Promise<void>) => async () => {
      const url = databaseUrl(serverUrl, `chat_schema_${name}_${process.pid}`)
      const opened: Store[] = []
      const open = async () => {
        const store = await openStore('mongo', url)
        opened.push(store)
        return store
      }
      try {
        await run(url, open)
      } finally {
        for (const store of opened) await store.close()
        await dropDatabase(url)
      }
    }

    test(
      'a filled store of version 1 moves forward with everything in it',
      onDatabase('older', async (url, open) => {
        await fillVersion1(url)
        const store = await open()
        assert.equal(store.schemaVersion, migrations.at(-1)!.version)
        assert.deepEqual(await store.directory.userByLogin('login-1'), user(1))
        assert.deepEqual(await wholeRoom(store), messages(3))
        const again = message(4, { clientMessageId: message(1).clientMessageId })
        assert.deepEqual(await store.appendMessages([...messages(3), again, message(5)]), { refused: [again] })
        assert.deepEqual(await wholeRoom(store), [...messages(3), message(5)])
        assert.equal((await store.directory.createRoom(room(9, { kind: 'direct' }), ['a', 'b'])).room.id, 'room-1')
        assert.equal((await store.directory.roomsOf('a', { limit: 9 })).rooms.length, 2)
      }),
    )

    test(
      'a claim whose process died before it wrote the message holds for that message and no other',
      onDatabase('claim', async (url, open) => {
        const store = await open()
        await onClient(url, async (client) => {
          const identities = client.db().collection<{ _id: string; message: string }>('identities')
          const { senderId, clientMessageId, roomId, seq } = message(1)
          const _id = `${senderId}:${clientMessageId}`
          await identities.insertOne({ _id, message: `${roomId}:${String(seq).padStart(16, '0')}` })
        })
        const other = message(2, { clientMessageId: message(1).clientMessageId })
        assert.deepEqual(await store.appendMessages([other, message(3)]), { refused: [other] })
        assert.deepEqual(await store.appendMessages([message(1)]), { refused: [] })
        assert.deepEqual(await wholeRoom(store), [message(1), message(3)])
      }),
    )

    test(
      'processes that open a new store at once migrate it once',
      onDatabase('race', async (_url, open) => {
        const stores = await Promise.all([open(), open(), open()])
        await Promise.all(stores.map((store, w) => store.appendMessages([message(w + 1)])))
        assert.equal((await wholeRoom(stores[0])).length, 3)
      }),
    )

    test(
      'a store of a newer version is refused',
      onDatabase('newer', async (url, open) => {
        await open()
        await onClient(url, async (client) => {
          const applied = client.db().collection<{ _id: number; appliedAt: Date }>('schema_migrations')
          await applied.insertOne({ _id: 99, appliedAt: new Date() })
        })
        await assert.rejects(open(), (error) => {
          assert.ok(error instanceof StoreError)
          assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-SCHEMA', 'definite', false])
          return true
        })
      }),
    )

    test(
      'the store names the engine as the component found it',
      onDatabase('identity', async (_url, open) => {
        const store = await open()
        assert.equal((await store.identity()).product, component.identity.product)
      }),
    )
  })
}

/** Two direct rooms of one pair, which version 1 let happen; the first of them keeps the pair. */
async function fillVersion1(url: string): Promise<void> {
  await onClient(url, async (client) => {
    const db = client.db()
    assert.equal(await migrate(db, migrations.slice(0, 1)), 1)
    const { id: _id, ...rest } = user(1)
    await db.collection<{ _id: string }>('users').insertOne({ _id, ...rest })
    for (const k of [1, 2]) {
      const { id, ...fields } = room(k, { kind: 'direct' })
      await db.collection<{ _id: string }>('rooms').insertOne({ _id: id, ...fields })
      for (const userId of ['a', 'b']) {
        const marks = { lastDeliveredSeq: 0, lastReadSeq: 0 }
        const membership = { _id: `${id}:${userId}`, roomId: id, userId, ...marks }
        await db.collection<{ _id: string }>('memberships').insertOne(membership)
      }
    }
    const documents = messages(3).map((each) => ({ _id: `room-1:${String(each.seq).padStart(16, '0')}`, ...each }))
    await db.collection<{ _id: string }>('messages').insertMany(documents)
  })
}

async function onClient(url: string, work: (client: MongoClient) => Promise<void>): Promise<void> {
  const client = new MongoClient(url)
  try {
    await work(client)
  } finally {
    await client.close()
  }
}

storeKillRounds('mongo', (t) => killableEngine(t, 'mongo', freshMongo))

test('an address where nobody answers is refused with a coded error', async () => {
  await assert.rejects(openStore('mongo', 'mongodb://127.0.0.1:1/chat'), (error) => {
    assert.ok(error instanceof StoreError)
    assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-UNREACHABLE', 'definite', true])
    return true
  })
})
