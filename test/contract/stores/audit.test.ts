import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { crc32 } from 'node:zlib'
import { type AuditBackend, openReader } from '../../../lab/audit/open.ts'
import type { StoredRow } from '../../../lab/audit/reader.ts'
import { bodies, message } from '../../../system/stores/conformance/samples.ts'
import type { FreshStore } from '../../../system/stores/conformance.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { freshMongo } from '../../support/mongo-store.ts'
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

async function readsEveryRowOnce(backend: AuditBackend, fresh: FreshStore): Promise<void> {
  for (let k = 0; k < written.length; k += 500) await fresh.store.appendMessages(written.slice(k, k + 500))
  const reader = await openReader(backend, fresh.url)
  const rows: StoredRow[] = []
  const result = await reader.read((found) => rows.push(...found), new AbortController().signal)
  await reader.close()
  assert.equal(result.rows, written.length)
  const expected = written.map(({ roomId, seq, clientMessageId, body }) => {
    return { roomId, seq, clientMessageId, bodyCrc32: crc32(Buffer.from(body, 'utf8')) }
  })
  const byKey = (a: StoredRow, b: StoredRow) => (key(a) < key(b) ? -1 : 1)
  assert.deepEqual(rows.toSorted(byKey), expected.toSorted(byKey))
}

async function stopsWhenAborted(backend: AuditBackend, fresh: FreshStore): Promise<void> {
  await fresh.store.appendMessages(written.slice(0, 600))
  const reader = await openReader(backend, fresh.url)
  const reason = new Error('the run was interrupted')
  await assert.rejects(
    reader.read(() => {}, AbortSignal.abort(reason)),
    reason,
  )
  await reader.close()
}

describe('audit reader of sqlite', () => {
  for (const check of [readsEveryRowOnce, stopsWhenAborted]) {
    test(check.name, async () => {
      const fresh = await freshSqlite()
      await check('sqlite', fresh)
      await fresh.dispose()
    })
  }
})

test('audit reader of mongo', async (t) => {
  const mongo = await provide('mongo')
  if (!skipOrFail(t, mongo)) return
  for (const check of [readsEveryRowOnce, stopsWhenAborted]) {
    await t.test(check.name, async () => {
      const fresh = await freshMongo(mongo.url)
      await check('mongo', fresh)
      await fresh.dispose()
    })
  }
  await mongo.release()
})
