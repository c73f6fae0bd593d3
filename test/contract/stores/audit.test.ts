import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { type AuditBackend, openReader } from '../../../lab/audit/open.ts'
import type { StoredRow } from '../../../lab/audit/reader.ts'
import { bodies, message } from '../../../system/stores/conformance/samples.ts'
import type { FreshStore } from '../../../system/stores/conformance.ts'
import { freshCassandra } from '../../support/cassandra-store.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { freshMongo } from '../../support/mongo-store.ts'
import { freshMysql } from '../../support/mysql-store.ts'
import { freshPostgres } from '../../support/postgres-store.ts'
import { freshSqlite } from '../../support/sqlite-store.ts'

/** More than two pages or batches of each reader, over several rooms, with the bodies that get lost elsewhere. */
const written = Array.from({ length: 9_001 }, (_, k) => {
  const roomId = `room-${k % 7}`
  const body = k < bodies.length ? bodies[k]! : `본문 ${k}`
  return message(k + 1, { roomId, body, seq: 2 ** 40 + k, prevSeq: 0 })
})

function key(row: { readonly roomId: string; readonly seq: number }): string {
  return `${row.roomId} ${row.seq}`
}

type Check = (backend: AuditBackend, fresh: FreshStore, t: TestContext) => Promise<void>

const checks: Readonly<Record<string, Check>> = {
  async 'reads every row once, with the checksum of what was written'(backend, { store, url }, t) {
    for (let k = 0; k < written.length; k += 500) await store.appendMessages(written.slice(k, k + 500))
    const reader = await openReader(backend, url)
    t.after(() => reader.close())
    const rows: StoredRow[] = []
    const result = await reader.read((found) => rows.push(...found), new AbortController().signal)
    assert.equal(result.rows, written.length)
    const expected = written.map(({ roomId, seq, clientMessageId, body }) => {
      return { roomId, seq, clientMessageId, bodyCrc32: crc32(Buffer.from(body, 'utf8')) }
    })
    const byKey = (a: StoredRow, b: StoredRow) => (key(a) < key(b) ? -1 : 1)
    assert.deepEqual(rows.toSorted(byKey), expected.toSorted(byKey))
  },
  async 'stops in the middle when it is aborted, with the reason'(backend, { store, url }, t) {
    for (let k = 0; k < written.length; k += 500) await store.appendMessages(written.slice(k, k + 500))
    const reader = await openReader(backend, url)
    t.after(() => reader.close())
    const interruption = new AbortController()
    const reason = new Error('the run was interrupted')
    await assert.rejects(
      reader.read(() => interruption.abort(reason), interruption.signal),
      reason,
    )
  },
}

async function runChecks(t: TestContext, backend: AuditBackend, open: () => Promise<FreshStore>): Promise<void> {
  for (const [name, check] of Object.entries(checks)) {
    await t.test(name, async (step) => {
      const fresh = await open()
      step.after(() => fresh.dispose())
      await check(backend, fresh, step)
    })
  }
}

test('audit reader of sqlite', (t) => runChecks(t, 'sqlite', freshSqlite))

test('audit reader of mongo', async (t) => {
  const mongo = await provide('mongo')
  if (!skipOrFail(t, mongo)) return
  t.after(() => mongo.release())
  await runChecks(t, 'mongo', () => freshMongo(mongo.url))
})

test('audit reader of mysql', async (t) => {
  const mysql = await provide('mysql')
  if (!skipOrFail(t, mysql)) return
  t.after(() => mysql.release())
  await runChecks(t, 'mysql', () => freshMysql(mysql.url))
})

test('audit reader of postgres', async (t) => {
  const postgres = await provide('postgres')
  if (!skipOrFail(t, postgres)) return
  t.after(() => postgres.release())
  await runChecks(t, 'postgres', () => freshPostgres(postgres.url))
})

test('audit reader of cassandra', async (t) => {
  const cassandra = await provide('cassandra')
  if (!skipOrFail(t, cassandra)) return
  t.after(() => cassandra.release())
  await runChecks(t, 'cassandra', () => freshCassandra(cassandra.url))
})
