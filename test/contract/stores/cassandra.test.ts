import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { identityClaim } from '../../../system/stores/cassandra/rows.ts'
import { migrations } from '../../../system/stores/cassandra/schema.ts'
import { message, messages, user, wholeRoom } from '../../../system/stores/conformance/samples.ts'
import { storeConformance, storeKillRounds } from '../../../system/stores/conformance.ts'
import { openStore } from '../../../system/stores/open.ts'
import { type Store, StoreError } from '../../../system/stores/store.ts'
import { dropKeyspace, freshCassandra, inSession, keyspaceUrl } from '../../support/cassandra-store.ts'
import { type AvailableComponent, provide, skipOrFail } from '../../support/components.ts'
import { killableEngine } from '../../support/killable-stores.ts'

const cassandra = await provide('cassandra')

if (cassandra.available) {
  after(() => cassandra.release())
  storeConformance(`cassandra on ${cassandra.component.identity.product}`, () => freshCassandra(cassandra.url))
  schemaTests(cassandra)
} else {
  test('cassandra: store contract', (t) => void skipOrFail(t, cassandra))
}

function schemaTests({ url: serverUrl, component }: AvailableComponent): void {
  describe('schema of a Cassandra store', () => {
    const onFresh = (run: (url: string, open: () => Promise<Store>) => Promise<void>, name: string) => async () => {
      const url = keyspaceUrl(serverUrl, `chat_schema_${name}_${process.pid}`)
      const opened: Store[] = []
      const open = async () => {
        const store = await openStore('cassandra', url)
        opened.push(store)
        return store
      }
      try {
        await run(url, open)
      } finally {
        for (const store of opened) await store.close()
        await dropKeyspace(url)
      }
    }

    test(
      'processes that open a new store at once migrate it once',
      onFresh(async (_url, open) => {
        const stores = await Promise.all([open(), open(), open()])
        assert.deepEqual(
          stores.map(({ schemaVersion }) => schemaVersion),
          Array(3).fill(migrations.at(-1)!.version),
        )
        await Promise.all(stores.map((store, w) => store.appendMessages([message(w + 1)])))
        assert.equal((await wholeRoom(stores[0])).length, 3)
      }, 'race'),
    )

    test(
      'identities of version 1, in 256 partitions, are found in the 32 of now',
      onFresh(async (url, open) => {
        const claimed = messages(600)
        await open()
        await inSession(url, async (session, keyspace) => {
          const insert = `INSERT INTO "${keyspace}".identities (shard, key, holder) VALUES (?, ?, ?)`
          const claims = claimed.map(identityClaim)
          for (const { key, holder } of claims) await session.write(insert, [crc32(key) % 256, key, holder])
          await session.change(`DELETE FROM "${keyspace}".schema_migrations WHERE scope = 'store' AND version > 1`)
        })
        const store = await open()
        assert.equal(store.schemaVersion, migrations.at(-1)!.version)
        const again = claimed.map((each) => ({ ...each, seq: each.seq + 1_000 }))
        assert.deepEqual(await store.appendMessages(again), { refused: again })
        assert.deepEqual(await store.appendMessages(claimed), { refused: [] })
        await inSession(url, async (session, keyspace) => {
          const rows = await session.rows(`SELECT DISTINCT shard FROM "${keyspace}".identities`)
          assert.ok(rows.every(({ shard }) => shard < 32))
        })
      }, 'old'),
    )

    test(
      'a store of a newer version is refused',
      onFresh(async (url, open) => {
        await open()
        await inSession(url, (session, keyspace) =>
          session.change(`INSERT INTO "${keyspace}".schema_migrations (scope, version) VALUES ('store', 99)`),
        )
        await assert.rejects(open(), (error) => {
          assert.ok(error instanceof StoreError)
          assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-SCHEMA', 'definite', false])
          return true
        })
      }, 'newer'),
    )
  })

  test('the store names the engine as the component found it, and the durability it has', async (t) => {
    const { store, dispose } = await freshCassandra(serverUrl)
    t.after(() => dispose())
    assert.equal((await store.identity()).product, component.identity.product)
    if (component.origin !== 'given') assert.equal(store.guarantees.durability, 'fsync')
  })

  test('a room is read across its buckets, however far apart they are', async (t) => {
    const { store, dispose } = await freshCassandra(serverUrl)
    t.after(() => dispose())
    // 100 buckets that hold little each, more than one look at the list gives, and wide gaps between them.
    const seqs = Array.from({ length: 300 }, (_, k) => 2 ** 40 + Math.floor(k / 3) * 2 ** 19 + (k % 3))
    const written = seqs.map((seq, k) => message(k + 1, { seq, prevSeq: seqs[k - 1] ?? 0 }))
    await store.appendMessages(written)
    assert.deepEqual(await wholeRoom(store, 'room-1', 200), written)
    assert.deepEqual(await store.readBefore('room-1', seqs[250], 200), written.slice(50, 250).reverse())
    assert.deepEqual(await store.lastSeqs([{ roomId: 'room-1', belowSeq: seqs[3]! }]), [seqs[2]])
    await store.directory.createRoom({ id: 'room-1', code: 'c', kind: 'group', createdAtMs: 1 }, ['reader'])
    await store.directory.raiseReceipt('room-1', 'reader', 'read', seqs[249]!)
    assert.equal((await store.directory.roomsOf('reader', { limit: 1 })).rooms[0]?.unread, 50)
  })

  test('of one identity sent to two rooms at once, by two processes, one message is stored', async (t) => {
    const { store, another, dispose } = await freshCassandra(serverUrl)
    t.after(() => dispose())
    const second = await another()
    const here = messages(100, { roomId: 'room-1' })
    const there = messages(100, { roomId: 'room-2' })
    const [first, other] = await Promise.all([store.appendMessages(here), second.appendMessages(there)])
    assert.equal(first.refused.length + other.refused.length, 100)
    const stored = [...(await wholeRoom(store, 'room-1')), ...(await wholeRoom(store, 'room-2'))]
    assert.equal(new Set(stored.map(({ clientMessageId }) => clientMessageId)).size, 100)
    assert.equal(stored.length, 100)
  })

  test('a statement waits for a connection, also one that is still to be prepared', async (t) => {
    const { url, dispose } = await freshCassandra(serverUrl)
    t.after(() => dispose())
    await inSession(url, async (session) => {
      const [host] = session.client.hosts.values() as unknown as { pool: { connections: unknown[] } }[]
      const { connections } = host!.pool
      const prepared = 'SELECT key FROM system.local'
      await session.rows(prepared)
      host!.pool.connections = []
      const answers = Promise.all([session.rows(prepared), session.rows('SELECT cluster_name FROM system.local')])
      await setTimeout(50)
      host!.pool.connections = connections
      assert.equal((await answers).flat().length, 2)
    })
  })

  test('a name whose sign-up died is free after a minute, and not before', async (t) => {
    const { store, url, dispose } = await freshCassandra(serverUrl)
    t.after(() => dispose())
    const claim = (key: string, ageMs: number) =>
      inSession(url, (session, keyspace) => {
        const insert = `INSERT INTO "${keyspace}".names (shard, key, holder) VALUES (?, ?, 'dead') USING TIMESTAMP ?`
        return session.write(insert, [crc32(key) % 256, key, (Date.now() - ageMs) * 1_000])
      })
    await claim(`login:${user(1).login}`, 90_000)
    await claim(`login:${user(2).login}`, 10_000)
    await store.directory.addUser(user(1))
    assert.deepEqual(await store.directory.userByLogin(user(1).login), user(1))
    await assert.rejects(store.directory.addUser(user(2)), { code: 'AUTH-409' })
  })

  test('who leaves and comes back begins with marks of his own', async (t) => {
    const { store, dispose } = await freshCassandra(serverUrl)
    t.after(() => dispose())
    const { directory } = store
    await directory.addUser(user(1))
    await directory.createRoom({ id: 'room-1', code: 'c', kind: 'group', createdAtMs: 1 }, ['user-1'])
    assert.equal(await directory.raiseReceipt('room-1', 'user-1', 'read', 7), true)
    await directory.removeMember('room-1', 'user-1')
    await directory.addMember('room-1', 'user-1')
    assert.equal((await directory.members('room-1'))[0]?.lastReadSeq, 0)
    assert.equal(await directory.raiseReceipt('room-1', 'user-1', 'read', 3), true)
    assert.equal((await directory.members('room-1'))[0]?.lastReadSeq, 3)
  })
}

storeKillRounds('cassandra', (t) => killableEngine(t, 'cassandra', freshCassandra))

test('an address where nobody answers is refused with a coded error', async () => {
  await assert.rejects(openStore('cassandra', 'cassandra://127.0.0.1:1/chat'), (error) => {
    assert.ok(error instanceof StoreError)
    assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-UNREACHABLE', 'definite', true])
    return true
  })
})
