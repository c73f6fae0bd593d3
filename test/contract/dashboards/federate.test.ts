/** One Prometheus takes on what another scrapes, as a run does with that of its stack. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError, type Session } from '../../../compose/component.ts'
import { openSession } from '../../../compose/native/session.ts'
import { renderPrometheusConfig, renderTargets, type ScrapeJob } from '../../../dashboards/prometheus/config.ts'
import { federatedSeries } from '../../../dashboards/prometheus/federated.ts'
import { missedScrapes, startPrometheus } from '../../../lab/observe/prometheus.ts'
import { skipOrFail } from '../../support/components.ts'

const observed = { run: 'r1', backend: 'mysql', runtime: 'swarm' }
const withinMs = 20_000
let folder = ''
let session: Session
let missing = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chat-federate-'))
  const signal = new AbortController().signal
  session = await openSession({ runDir: folder, onProgress: () => {}, signal, env: process.env })
  await session.prometheus().catch((error: unknown) => {
    if (!(error instanceof EnvironmentError)) throw error
    missing = error.message
  })
})
after(async () => {
  await session.close()
  await rm(folder, { recursive: true, force: true })
})

const isHere = (t: TestContext) =>
  missing === '' || skipOrFail(t, { available: false, name: 'prometheus', reason: missing })

async function prometheus(name: string, jobs: readonly ScrapeJob[]) {
  const files = { config: renderPrometheusConfig({ observed, jobs }), tsdb: join(folder, `${name}-tsdb`) }
  return (await startPrometheus(session, name, files)).url
}

async function targetsFile(name: string, address: string, role: string): Promise<string> {
  const file = join(folder, `${name}.json`)
  await writeFile(file, renderTargets([{ address, role, instance: name }]))
  return file
}

type Labels = Readonly<Record<string, string>>

/** Polls until the answer is what is waited for; the last answer when it never is. */
async function until(url: string, query: string, isIt: (found: readonly Labels[]) => boolean): Promise<Labels[]> {
  for (const deadlineMs = Date.now() + withinMs; ; await delay(100)) {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`)
    const { data } = (await answer.json()) as { data: { result: { metric: Labels }[] } }
    const found = data.result.map(({ metric }) => metric)
    if (isIt(found) || Date.now() > deadlineMs) return found
  }
}

test('its series come with their labels, no others, and end when they end there', async (t) => {
  if (!isHere(t)) return
  let isThere = true
  const page = () => `chat_connections 3\nhaproxy_sessions 1\n${isThere ? 'chat_pending 7\n' : ''}`
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(page())
  }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await once(server, 'listening')
  const tasks = await targetsFile('gateway.1', `127.0.0.1:${(server.address() as AddressInfo).port}`, 'gateway')
  const stack = await prometheus('stack', [{ name: 'chat', discovery: { kind: 'file', files: [tasks] } }])
  const taken = await targetsFile('taken', new URL(stack).host, 'prometheus')
  const own = await prometheus('own', [
    { name: 'federate', discovery: { kind: 'file', files: [taken] }, federate: federatedSeries },
  ])
  const [pending] = await until(own, 'chat_pending', ({ length }) => length > 0)
  const labels = { ...observed, job: 'chat', role: 'gateway', instance: 'gateway.1' }
  assert.deepEqual(pending, { __name__: 'chat_pending', ...labels })
  assert.deepEqual(await until(own, 'up{job="chat"}', ({ length }) => length > 0), [{ __name__: 'up', ...labels }])
  assert.deepEqual(await until(own, 'haproxy_sessions', () => true), [])
  isThere = false
  assert.deepEqual(await until(own, 'chat_pending', ({ length }) => length === 0), [])
  assert.equal((await until(own, 'chat_connections', () => true)).length, 1)
  assert.equal(await missedScrapes(own, 'federate'), 0)
  server.closeAllConnections()
})
