import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { provide, skipOrFail } from '../support/components.ts'
import { logUrlOf } from '../support/log-url.ts'
import { type SpawnedSystem, spawnSystem } from '../support/system/process.ts'

const [kafka, mongo] = await Promise.all([provide('kafka', { own: true }), provide('mongo')])
after(async () => {
  for (const provided of [kafka, mongo]) if (provided.available) await provided.release()
})

interface Readiness {
  readonly ready: boolean
  readonly reasons: readonly string[]
}

/** Asks until the process is as wanted. */
async function until(ready: boolean, { internalUrl }: SpawnedSystem): Promise<Readiness> {
  for (;;) {
    const response = await fetch(`${internalUrl}/readyz`)
    const readiness = (await response.json()) as Readiness
    assert.equal(response.status, readiness.ready ? 200 : 503)
    if (readiness.ready === ready) return readiness
    await delay(50)
  }
}

test('a Kafka that stands still makes its readers unready, with the reason, until it goes on', {
  timeout: 60_000,
}, async (t) => {
  if (!skipOrFail(t, kafka) || !skipOrFail(t, mongo)) return
  const url = new URL(mongo.url)
  url.pathname = `/e2e_${crypto.randomUUID().slice(0, 8)}`
  const env = { CHAT_STORE_URL: url.href, CHAT_LOG_URL: logUrlOf(kafka), CHAT_TOKEN_SECRET: crypto.randomUUID() }
  const start = (role: string) => spawnSystem(['--edition=mongo', `--roles=${role}`], env)
  const readers = { persister: await start('persister'), gateway: await start('gateway') }
  const all = Object.values(readers)
  const signal = (name: NodeJS.Signals) => {
    for (const { pid } of kafka.component.processes) process.kill(pid, name)
  }
  t.after(async () => {
    signal('SIGCONT')
    await Promise.all(all.map((each) => each.signal('SIGTERM')))
  })
  await Promise.all(all.map((each) => until(true, each)))
  signal('SIGSTOP')
  const [persister, gateway] = await Promise.all(all.map((each) => until(false, each)))
  assert.match(persister!.reasons.join(), /^log: reading chat\.messages: no answer/)
  assert.match(gateway!.reasons.join(), /^log: reading chat\.(messages|signals): no answer/)
  signal('SIGCONT')
  await Promise.all(all.map((each) => until(true, each)))
})
