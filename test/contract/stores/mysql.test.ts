import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { openReader } from '../../../lab/audit/open.ts'
import { limits } from '../../../system/protocol/limits.ts'
import { isStoreError } from '../../../system/stores/conformance/messages.ts'
import { message, messages, room, user, wholeRoom } from '../../../system/stores/conformance/samples.ts'
import { storeConformance, storeKillRounds } from '../../../system/stores/conformance.ts'
import { migrations } from '../../../system/stores/mysql/migrations.ts'
import { Pool } from '../../../system/stores/mysql/pool.ts'
import { openStore } from '../../../system/stores/open.ts'
import { type Store, StoreError } from '../../../system/stores/store.ts'
import { type AvailableComponent, type Provided, provide, skipOrFail } from '../../support/components.ts'
import { killableEngine } from '../../support/killable-stores.ts'
import { databaseUrl, dropDatabase, freshMysql, onServer } from '../../support/mysql-store.ts'

const mysql = await provide('mysql')

if (mysql.available) {
  after(() => mysql.release())
  storeConformance(`mysql on ${mysql.component.identity.product}`, () => freshMysql(mysql.url))
  writeTests(mysql)
  schemaTests(mysql)
} else {
  test('mysql: store contract', (t) => void skipOrFail(t, mysql))
}

function writeTests({ url }: AvailableComponent): void {
  describe('writes of a MySQL store', () => {
    test('processes that write the same messages at once in different orders store each once', async (t) => {
      const { store, another, dispose } = await freshMysql(url)
      t.after(dispose)
      const second = await another()
      const batch = messages(200).map((each, k) => ({ ...each, roomId: `room-${k % 10}` }))
      for (let round = 0; round < 10; round++) {
        const part = batch.slice(round * 20, round * 20 + 20)
        const orders = [part, part.toReversed(), part.toSorted((a, b) => (a.roomId < b.roomId ? 1 : -1))]
        const writes = orders.flatMap((order) => [store.appendMessages(order), second.appendMessages(order)])
        assert.deepEqual(await Promise.all(writes), Array(6).fill({ refused: [] }))
      }
      const stored = await Promise.all(Array.from({ length: 10 }, (_, r) => wholeRoom(store, `room-${r}`)))
      assert.deepEqual(
        stored.flat().toSorted((a, b) => a.seq - b.seq),
        batch,
      )
    })

    test('a statement without an answer in time is given up with its connection, and the next one is itself', async (t) => {
      const pool = new Pool(databaseUrl(url, ''), 300)
      t.after(() => pool.close())
      await assert.rejects(pool.rows('SELECT SLEEP(5) AS late'), (error) => {
        assert.ok(error instanceof StoreError)
        assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-TIMEOUT', 'indefinite', true])
        return true
      })
      const answers = Array.from({ length: 40 }, (_, k) => pool.rows<{ k: number }>('SELECT ? + 0 AS k', [k]))
      assert.deepEqual(
        (await Promise.all(answers)).map(([row]) => Number(row?.k)),
        Array.from({ length: 40 }, (_, k) => k),
      )
    })

    test('closing lets what was sent before it finish', async (t) => {
      const pool = new Pool(databaseUrl(url, ''))
      t.after(() => pool.close())
      // Both connections are there, so the statements are sent at once.
      await Promise.all([pool.rows('SELECT 1'), pool.rows('SELECT 1')])
      const sent = Promise.all([pool.rows('SELECT SLEEP(0.3)'), pool.rows('SELECT SLEEP(0.3)')])
      await new Promise((resolve) => setImmediate(resolve))
      await pool.close()
      assert.equal((await sent).length, 2)
      await assert.rejects(pool.rows('SELECT 1'), isStoreError('STORE-REFUSED', false))
    })

    test('a batch larger than one statement is whole or not there at all', async (t) => {
      const { store, dispose } = await freshMysql(url)
      t.after(dispose)
      const large = messages(60, { body: '\u0001'.repeat(limits.bodyBytes) })
      const tooLong = message(61, { clientMessageId: 'x'.repeat(65) })
      await assert.rejects(store.appendMessages([...large, tooLong]), (error) => {
        assert.ok(error instanceof StoreError)
        assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-REFUSED', 'definite', false])
        return true
      })
      assert.deepEqual(await wholeRoom(store), [])
      await store.appendMessages(large)
      assert.deepEqual(await wholeRoom(store), large)
    })
  })
}

function schemaTests({ url: serverUrl, component }: AvailableComponent): void {
  describe('schema of a MySQL store', () => {
    const onDatabase = (name: string, run: (url: string, open: () => Promise<Store>) => Promise<void>) => async () => {
      const url = databaseUrl(serverUrl, `chat_schema_${name}_${process.pid}`)
      const opened: Store[] = []
      const open = async () => {
        const store = await openStore('mysql', url)
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
      'processes that open a new store at once migrate it once',
      onDatabase('race', async (url, open) => {
        const stores = await Promise.all([open(), open(), open(), open()])
        await Promise.all(stores.map((store, w) => store.appendMessages([message(w + 1)])))
        assert.equal((await wholeRoom(stores[0]!)).length, 4)
        const applied = await onServer(url, ['SELECT version FROM schema_migration'])
        assert.deepEqual(
          applied.map(({ version }) => version),
          migrations.map(({ version }) => version),
        )
      }),
    )

    test(
      'a migration that died half-way is done again, with what was there',
      onDatabase('again', async (url, open) => {
        const store = await open()
        await store.appendMessages(messages(3))
        await store.directory.addUser(user(1))
        await onServer(url, ['DELETE FROM schema_migration', 'DROP TABLE refresh_token'])
        const later = await open()
        assert.equal(later.schemaVersion, migrations.at(-1)!.version)
        assert.deepEqual(await wholeRoom(later), messages(3))
        await later.directory.putRefresh('hash', 'user-1', Date.now() + 1_000)
      }),
    )

    test(
      'a store of a newer version is refused and left as it is',
      onDatabase('newer', async (url, open) => {
        await open()
        await onServer(url, ['INSERT INTO schema_migration VALUES (99, 0)'])
        await assert.rejects(open(), (error) => {
          assert.ok(error instanceof StoreError)
          assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-SCHEMA', 'definite', false])
          return true
        })
        assert.equal((await onServer(url, ['SELECT * FROM schema_migration'])).length, migrations.length + 1)
      }),
    )

    test(
      'a page of a room, its last message and a page of the audit are ranges of the primary key, however long the room',
      onDatabase('plans', async (url, open) => {
        const store = await open()
        for (let k = 0; k < 5; k++) await store.appendMessages(messages(5_000).slice(k * 1_000, k * 1_000 + 1_000))
        await store.directory.createRoom(room(1), ['user-1', 'user-2'])
        await onServer(url, ['ANALYZE TABLE message'])
        const reads = async (work: () => Promise<unknown>) => {
          const before = await handlerReads(url)
          await work()
          return (await handlerReads(url)) - before
        }
        const overhead = await reads(async () => {})
        const atMost = async (rows: number, work: () => Promise<unknown>) => {
          const read = (await reads(work)) - overhead
          assert.ok(read <= rows, `${read} rows were read, at most ${rows} were due`)
        }
        await store.directory.raiseReceipt('room-1', 'user-2', 'read', 4_990)
        await atMost(60, () => store.readBefore('room-1', 2_500, 50))
        await atMost(60, () => store.readAfter('room-1', 2_500, 50))
        await atMost(60, () => store.lastSeqs([{ roomId: 'room-1', belowSeq: 2_500 }]))
        await atMost(100, () => store.directory.roomsOf('user-2', { limit: 10 }))
        const reader = await openReader('mysql', url)
        const readAll = () => reader.read(() => {}, new AbortController().signal)
        await atMost(5_050, () => readAll().finally(reader.close))
      }),
    )

    test(
      'the store names the engine as the component found it, and its durability',
      onDatabase('identity', async (_url, open) => {
        const store = await open()
        const { product, version } = await store.identity()
        assert.deepEqual([product, version], [component.identity.product, component.identity.version])
        if (component.origin !== 'given') assert.equal(store.guarantees.durability, 'fsync')
      }),
    )
  })
}

/** Rows the whole server has read so far, by whatever access. */
async function handlerReads(url: string): Promise<number> {
  const rows = await onServer(url, ["SHOW GLOBAL STATUS LIKE 'Handler_read%'"])
  return rows.reduce((sum, row) => sum + Number(row.Value), 0)
}

describe('a MySQL of our own', () => {
  let own: Provided
  before(async () => {
    own = await provide('mysql', { own: true })
  })
  after(async () => own.available && own.release())

  test('a server of another time zone and a lax SQL mode changes nothing', async (t) => {
    if (!skipOrFail(t, own)) return
    if (own.component.origin === 'given') return t.skip('the settings of a given MySQL are not ours to change')
    await onServer(own.url, ["SET GLOBAL time_zone = '+09:30'", "SET GLOBAL sql_mode = ''"])
    const { store, dispose } = await freshMysql(own.url)
    t.after(dispose)
    const written = message(1, { sentAtMs: 1_700_000_000_123, body: '축구 😀' })
    await store.appendMessages([written])
    assert.deepEqual(await wholeRoom(store), [written])
    const { directory } = store
    await directory.createRoom(room(1), [])
    await assert.rejects(directory.addMember('room-1', 'x'.repeat(65)), isStoreError('STORE-REFUSED', false))
    assert.deepEqual(await directory.members('room-1'), [])
  })
})

storeKillRounds('mysql', (t) => killableEngine(t, 'mysql', freshMysql))

test('an address where nobody answers, or that names no database, is refused with a coded error', async () => {
  const refusal = (url: string) => openStore('mysql', url).catch((error) => [error.code, error.effect, error.retryable])
  assert.deepEqual(await refusal('mysql://127.0.0.1:1/chat'), ['STORE-UNREACHABLE', 'definite', true])
  assert.deepEqual(await refusal('mysql://127.0.0.1:1/'), ['STORE-UNREACHABLE', 'definite', false])
})
