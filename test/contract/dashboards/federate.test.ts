/** One Prometheus takes on what another scrapes, as a run does with that of its stack. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { federatedSeries } from '../../../dashboards/prometheus/federated.ts'
import { missedScrapes } from '../../../lab/observe/prometheus.ts'
import { observed, observing } from '../../support/prometheus.ts'

const { isHere, prometheus, targetsFile, until } = observing()

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
  const labelsOf = async (query: string, isIt: (count: number) => boolean) =>
    (await until(own, query, ({ length }) => isIt(length))).map((found) => found.labels)
  const isAny = (count: number) => count > 0
  const labels = { ...observed, job: 'chat', role: 'gateway', instance: 'gateway.1' }
  assert.deepEqual(await labelsOf('chat_pending', isAny), [{ __name__: 'chat_pending', ...labels }])
  assert.deepEqual(await labelsOf('up{job="chat"}', isAny), [{ __name__: 'up', ...labels }])
  assert.deepEqual(await labelsOf('haproxy_sessions', () => true), [])
  isThere = false
  assert.deepEqual(await labelsOf('chat_pending', (count) => count === 0), [])
  assert.equal((await labelsOf('chat_connections', () => true)).length, 1)
  assert.equal(await missedScrapes(own, 'federate'), 0)
  server.closeAllConnections()
})
