/** What a real Prometheus has of a page that it is given as protobuf, beside the same page as text. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ScrapeJob } from '../../../dashboards/prometheus/config.ts'
import { federatedSeries } from '../../../dashboards/prometheus/federated.ts'
import { createApp } from '../../../system/roles/http/app.ts'
import { probeRoutes } from '../../../system/roles/http/probes.ts'
import { latencyHistogram, latencyHistograms } from '../../../system/roles/latency-histogram.ts'
import { createLogger } from '../../../system/wiring/logger.ts'
import { type Found, observing } from '../../support/prometheus.ts'

const { isHere, prometheus, targetsFile, until } = observing()
/** 16 buckets a doubling. */
const growth = 2 ** (1 / 16)
const samplesMs = Array.from({ length: 2_000 }, (_, index) => 2 * 1.004 ** index)

function filled(): Registry {
  const registry = new Registry()
  const registers = [registry]
  const refused = new Counter({ name: 'chat_refused_total', help: 'x', labelNames: ['code'], registers })
  refused.inc({ code: 'A "quoted" \\ code\nof two lines, ü' }, 3)
  refused.inc({ code: 'ROOM-409' }, 2 ** 40)
  new Counter({ name: 'chat_accepted_total', help: 'x', registers })
  new Gauge({ name: 'chat_pending', help: 'x', registers }).set(-1.5)
  new Histogram({ name: 'chat_persist_batch_rows', help: 'x', buckets: [1, 10], registers }).observe(7)
  const delivery = latencyHistogram(registry, { name: 'chat_delivery_seconds', help: 'x' })
  for (const sample of samplesMs) delivery.observeMs(sample)
  const { write } = latencyHistograms(registry, { name: 'chat_stage_seconds', help: 'x' }, 'stage', ['write', 'fanout'])
  for (const sample of [0, 0.0001, 3, 3, 1e12]) write.observeMs(sample)
  return registry
}

async function served(t: TestContext): Promise<string> {
  const server = createServer()
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const app = createApp(server, createLogger())
  probeRoutes(app, { unready: async () => [], metrics: filled() })
  await app.ready()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

const job = (name: string, files: readonly string[]): ScrapeJob => ({
  name,
  native: name === 'chat',
  discovery: { kind: 'file', files },
})

test('as protobuf a page has what it has as text, and native histograms beside it, which federation takes on', async (t) => {
  if (!isHere(t)) return
  const address = await served(t)
  const files = [await targetsFile('gateway', address, 'gateway')]
  const url = await prometheus('native', [job('chat', files), job('text', files)])
  const classic = (name: string) => `{__name__=~"chat_.*", __name__!~"chat_(delivery|stage)_seconds", job="${name}"}`
  const seriesOf = (name: string) => until(url, classic(name), ({ length }) => length > 0)
  const [asText, asProtobuf] = [await seriesOf('text'), await seriesOf('chat')]
  const without = (found: readonly Found[]) =>
    found.map(({ labels: { job: _job, ...labels }, value }) => JSON.stringify([Object.entries(labels).sort(), value]))
  assert.deepEqual(new Set(without(asProtobuf)), new Set(without(asText)))
  assert.ok(asText.length > 100, `${asText.length} series`)

  const one = async (at: string, query: string) =>
    Number((await until(at, query, ({ length }) => length > 0))[0]?.value)
  assert.deepEqual(await until(url, 'histogram_count(chat_delivery_seconds{job="text"})', () => true), [])
  for (const quantile of [0.01, 0.5, 0.99]) {
    const told = await one(url, `histogram_quantile(${quantile}, chat_delivery_seconds)`)
    const real = samplesMs[Math.ceil(quantile * samplesMs.length) - 1]! / 1000
    assert.ok(told > real / growth && told < real * growth, `${quantile}: ${told} for ${real}`)
  }
  assert.equal(await one(url, 'histogram_count(chat_stage_seconds{stage="write"})'), 5)
  assert.equal(await one(url, 'histogram_count(chat_stage_seconds{stage="fanout"})'), 0)
  assert.equal(await one(url, 'histogram_sum(chat_stage_seconds{stage="write"})'), 1e9 + 0.0060001)

  const taken = await targetsFile('taken', new URL(url).host, 'prometheus')
  const own = await prometheus('own', [
    { name: 'federate', discovery: { kind: 'file', files: [taken] }, federate: federatedSeries },
  ])
  assert.equal(await one(own, 'histogram_count(chat_delivery_seconds{job="chat"})'), samplesMs.length)
})
