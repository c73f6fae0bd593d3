import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { draft, messages, wholeRoom } from '../../../system/stores/conformance/samples.ts'
import { storeConformance } from '../../../system/stores/conformance.ts'
import { openStore } from '../../../system/stores/open.ts'
import { freshSqlite } from '../../support/sqlite-store.ts'

storeConformance('sqlite', freshSqlite)

test('while another process holds the lock writes wait, reads do not, and nothing is lost', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'chat-lock-'))
  const file = join(folder, 'chat.db')
  const store = await openStore('sqlite', `sqlite:${file}`)
  await store.appendDrafts([draft(0)])
  const script = fileURLToPath(new URL('../../support/lock-holder.ts', import.meta.url))
  const holder = spawn(process.execPath, [script, file], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(holder, 'exit')
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
  await exited
  await store.close()
  await rm(folder, { recursive: true })
})

test('closing lets every write made before it finish', async () => {
  const fresh = await freshSqlite()
  const writes = messages(20).map((each) => fresh.store.appendMessages([each]))
  await fresh.store.close()
  await Promise.all(writes)
  assert.deepEqual(await wholeRoom(await fresh.another()), messages(20))
  await fresh.dispose()
})
