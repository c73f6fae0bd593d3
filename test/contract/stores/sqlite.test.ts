import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { draft, messages, wholeRoom } from '../../../system/stores/conformance/samples.ts'
import { storeConformance, storeKillRounds } from '../../../system/stores/conformance.ts'
import { killableSqlite } from '../../support/killable-stores.ts'
import { freshSqlite } from '../../support/sqlite-store.ts'

storeConformance('sqlite', freshSqlite)
storeKillRounds('sqlite', killableSqlite)

test('while another process holds the lock writes wait, reads do not, and nothing is lost', async (t) => {
  const { store, url, dispose } = await freshSqlite()
  t.after(dispose)
  await store.appendDrafts([draft(0)])
  const script = fileURLToPath(new URL('../../support/lock-holder.ts', import.meta.url))
  const holder = spawn(process.execPath, [script, url.slice('sqlite:'.length)], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => holder.kill())
  await once(holder.stdout, 'data')

  let written = 0
  const writes = Array.from({ length: 30 }, async (_, k) => {
    const outcomes = await store.appendDrafts([draft(k + 1)])
    written++
    return outcomes[0]!.message.seq
  })
  // Each read is a round trip to the thread that waits for the lock: it must answer between two attempts.
  for (let read = 0; read < 200; read++) assert.equal((await wholeRoom(store)).length, 1)
  assert.equal(written, 0)

  holder.stdin.end('release\n')
  assert.deepEqual(
    await Promise.all(writes),
    Array.from({ length: 30 }, (_, k) => k + 2),
  )
  assert.equal((await wholeRoom(store)).length, 31)
})

test('closing lets every write made before it finish', async (t) => {
  const { store, another, dispose } = await freshSqlite()
  t.after(dispose)
  const writes = messages(20).map((each) => store.appendMessages([each]))
  await store.close()
  await Promise.all(writes)
  assert.deepEqual(await wholeRoom(await another()), messages(20))
})
