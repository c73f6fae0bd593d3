import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { openReader } from '../../../lab/audit/open.ts'
import { limits } from '../../../system/protocol/limits.ts'
import { isStoreError } from '../../../system/stores/conformance/messages.ts'
import { message, messages, room, wholeRoom } from '../../../system/stores/conformance/samples.ts'
import { storeConformance, storeKillRounds } from '../../../system/stores/conformance.ts'
import { openStore } from '../../../system/stores/open.ts'
import { migrate, migrations } from '../../../system/stores/postgres/migrations.ts'
import { Pool } from '../../../system/stores/postgres/pool.ts'
import { type Store, StoreError } from '../../../system/stores/store.ts'
import { type AvailableComponent, type Provided, provide, skipOrFail } from '../../support/components.ts'
import { killableEngine } from '../../support/killable-stores.ts'
import { databaseUrl, dropDatabase, freshPostgres, onServer } from '../../support/postgres-store.ts'

const postgres = await provide('postgres')

if (postgres.available) {
  after(() => postgres.release())
  storeConformance(`postgres on ${postgres.component.identity.product}`, () => freshPostgres(postgres.url))
  writeTests(postgres)
  schemaTests(postgres)
} else {
  test('postgres: store contract', (t) => void skipOrFail(t, postgres))
}

function writeTests({ url }: AvailableComponent): void {
  describe('writes of a PostgreSQL store', () => {
    test('processes that write the same messages at once in different orders store each once', async (t) => {
      const { store, another, dispose } = await freshPostgres(url)
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
      const pool = new Pool(databaseUrl(url, 'postgres'), 300)
      t.after(() => pool.close())
      await assert.rejects(pool.rows('SELECT pg_sleep(5) AS late'), (error) => {
        assert.ok(error instanceof StoreError)
        assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-TIMEOUT', 'indefinite', true])
        return true
      })
      const answers = Array.from({ length: 40 }, (_, k) => pool.rows<{ k: number }>('SELECT $1::bigint + 0 AS k', [k]))
      assert.deepEqual(
        (await Promise.all(answers)).map(([row]) => Number(row?.k)),
        Array.from({ length: 40 }, (_, k) => k),
      )
    })

    test('closing lets what was sent before it finish', async (t) => {
      const pool = new Pool(databaseUrl(url, 'postgres'))
      t.after(() => pool.close())
      // Both connections are there, so the statements are sent at once.
      await Promise.all([pool.rows('SELECT 1'), pool.rows('SELECT 1')])
      const sent = Promise.all([pool.rows('SELECT pg_sleep(0.3)'), pool.rows('SELECT pg_sleep(0.3)')])
      await new Promise((resolve) => setImmediate(resolve))
      await pool.close()
      assert.equal((await sent).length, 2)
      await assert.rejects(pool.rows('SELECT 1'), isStoreError('STORE-REFUSED', false))
    })

    test('a batch of megabytes is whole or not there at all', async (t) => {
      const { store, dispose } = await freshPostgres(url)
      t.after(dispose)
      const large = messages(60, { body: '\0'.repeat(limits.bodyBytes) })
      // More than an entry of an index holds.
      const tooLarge = message(61, { clientMessageId: randomBytes(8_000).toString('hex') })
      await assert.rejects(store.appendMessages([...large, tooLarge]), (error) => {
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
  describe('schema of a PostgreSQL store', () => {
    const onDatabase = (name: string, run: (url: string, open: () => Promise<Store>) => Promise<void>) => async () => {
      const url = databaseUrl(serverUrl, `chat_schema_${name}_${process.pid}`)
      const opened: Store[] = []
      const open = async () => {
        const store = await openStore('postgres', url)
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
      'a migration that dies half-way leaves nothing, and is done whole by the next one',
      onDatabase('again', async (url, open) => {
        const step = migrations.at(-1)!
        await onServer(databaseUrl(url, 'postgres'), [`CREATE DATABASE "${new URL(url).pathname.slice(1)}"`])
        const own = new Pool(url)
        const dying = { version: step.version, statements: [...step.statements, 'SELECT 1 / 0'] }
        await assert.rejects(migrate(own, [dying]), isStoreError('STORE-REFUSED', false))
        await own.close()
        const tables = "SELECT 1 FROM pg_tables WHERE schemaname = 'public'"
        assert.equal((await onServer(url, [tables])).length, 0)
        const store = await open()
        assert.equal(store.schemaVersion, step.version)
        await store.appendMessages(messages(3))
        assert.deepEqual(await wholeRoom(store), messages(3))
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
        await store.directory.raiseReceipt('room-1', 'user-2', 'read', 4_990)
        const reads = async (work: (store: Store) => Promise<unknown>) => {
          const before = await rowsRead(url)
          const reading = await open()
          await work(reading).finally(() => reading.close())
          return (await rowsRead(url)) - before
        }
        const atMost = async (rows: number, work: (store: Store) => Promise<unknown>) => {
          const read = await reads(work)
          assert.ok(read > 0 && read <= rows, `${read} rows were read, at most ${rows} were due`)
        }
        await store.close()
        for (const analyzed of [false, true]) {
          if (analyzed) await onServer(url, ['ANALYZE'])
          await atMost(60, (reading) => reading.readBefore('room-1', 2_500, 50))
          await atMost(60, (reading) => reading.readAfter('room-1', 2_500, 50))
          await atMost(10, (reading) => reading.lastSeqs([{ roomId: 'room-1', belowSeq: 2_500 }]))
          await atMost(60, (reading) => reading.directory.roomsOf('user-2', { limit: 10 }))
          await atMost(5_050, async () => {
            const reader = await openReader('postgres', url)
            await reader.read(() => {}, new AbortController().signal).finally(reader.close)
          })
        }
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

/** Rows of the messages read so far, by whatever access. Sessions tell theirs as they end. */
async function rowsRead(url: string): Promise<number> {
  const others =
    "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
  while ((await onServer(url, [others])).length > 0);
  const [row] = await onServer(url, [
    `SELECT seq_tup_read + (SELECT SUM(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'message') AS rows
      FROM pg_stat_user_tables WHERE relname = 'message'`,
  ])
  return Number(row?.rows)
}

describe('a PostgreSQL of our own', () => {
  let own: Provided
  before(async () => {
    own = await provide('postgres', { own: true })
  })
  after(async () => own.available && own.release())

  test('a server of another time zone, isolation and date style changes nothing', async (t) => {
    if (!skipOrFail(t, own)) return
    if (own.component.origin === 'given') return t.skip('the settings of a given PostgreSQL are not ours to change')
    await onServer(databaseUrl(own.url, 'postgres'), [
      "ALTER SYSTEM SET timezone = '+09:30'",
      "ALTER SYSTEM SET default_transaction_isolation = 'serializable'",
      "ALTER SYSTEM SET bytea_output = 'escape'",
      'SELECT pg_reload_conf()',
    ])
    const { store, dispose } = await freshPostgres(own.url)
    t.after(dispose)
    const written = message(1, { sentAtMs: 1_700_000_000_123, body: '축구 😀' })
    await store.appendMessages([written])
    assert.deepEqual(await wholeRoom(store), [written])
  })

  test('a server that acknowledges before its fsync is os-buffer, and says so', async (t) => {
    if (!skipOrFail(t, own)) return
    if (own.component.origin === 'given') return t.skip('the settings of a given PostgreSQL are not ours to change')
    const { store, another, url, dispose } = await freshPostgres(own.url)
    t.after(dispose)
    assert.equal(store.guarantees.durability, 'fsync')
    await onServer(url, [`ALTER DATABASE "${new URL(url).pathname.slice(1)}" SET synchronous_commit = off`])
    const lax = await another()
    assert.equal(lax.guarantees.durability, 'os-buffer')
    assert.match((await lax.identity()).details ?? '', /fsync on, synchronous commit off, full page writes on/)
  })

  test('a connection that is cut while nobody uses it is replaced', async (t) => {
    if (!skipOrFail(t, own)) return
    if (own.component.origin === 'given') return t.skip('the connections of a given PostgreSQL are not ours to cut')
    const { store, url, dispose } = await freshPostgres(own.url)
    t.after(dispose)
    await Promise.all(Array.from({ length: 20 }, () => store.ping()))
    const cut =
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()'
    assert.ok((await onServer(url, [cut])).length > 1)
    await untilAnswers(store)
    await store.appendMessages([message(1)])
    assert.deepEqual(await wholeRoom(store), [message(1)])
  })
})

/** What was just cut may be given to one caller each before it is noticed. */
async function untilAnswers(store: Store): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    try {
      await Promise.all(Array.from({ length: 20 }, () => store.ping()))
      return
    } catch (error) {
      assert.ok(error instanceof StoreError && error.retryable, String(error))
    }
  }
  assert.fail('the store answers no more')
}

storeKillRounds('postgres', (t) => killableEngine(t, 'postgres', freshPostgres))

test('an address where nobody answers, or that names no database, is refused with a coded error', async () => {
  const refusal = (url: string) =>
    openStore('postgres', url).catch((error) => [error.code, error.effect, error.retryable])
  assert.deepEqual(await refusal('postgres://127.0.0.1:1/chat'), ['STORE-UNREACHABLE', 'definite', true])
  assert.deepEqual(await refusal('postgres://127.0.0.1:1/'), ['STORE-UNREACHABLE', 'definite', false])
})
