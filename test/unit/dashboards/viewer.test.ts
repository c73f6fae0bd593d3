import assert from 'node:assert/strict'
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { boards } from '../../../dashboards/boards/index.ts'
import { grafanaFiles } from '../../../dashboards/build.ts'
import { pageFiles } from '../../../dashboards/viewer/files.ts'
import { startViewer, type Viewer } from '../../../dashboards/viewer/server.ts'

/** The server of the page, before a stand-in that only notes what it is asked; browser tests ask a real Prometheus. */
const asked: string[] = []
let upstream: Server
let viewer: Viewer

before(async () => {
  upstream = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(422, { 'content-type': 'application/json' }).end('{"status":"error","error":"its own words"}')
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  const prometheusUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`
  const run = { backend: 'sqlite', outcome: 'PASS', fromUnixMs: 0, toUnixMs: 60_000 }
  viewer = await startViewer({
    runs: [
      { ...run, id: 'a', prometheusUrl },
      { ...run, id: 'gone', prometheusUrl: 'http://127.0.0.1:1' },
    ],
    boards: boards.map(({ uid }) => grafanaFiles().get(`${uid}.json`) as string),
  })
})
after(async () => {
  await viewer.close()
  upstream.closeAllConnections()
  upstream.close()
})

const ask = (path: string, init?: RequestInit) => fetch(new URL(path, viewer.url), init)

test('the page, all its modules and its styles are served, and name nothing else', async () => {
  const page = await (await ask('/')).text()
  const named = [...page.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map((match) => match[1] as string)
  assert.ok(named.length > 5)
  for (const path of named) assert.equal((await ask(path)).status, 200, path)
  for (const [path, { type, text }] of pageFiles()) {
    if (!type.startsWith('text/javascript') || path === '/uplot.js') continue
    for (const [, target] of text.matchAll(/from '([^']+)'/g))
      assert.equal((await ask(new URL(target as string, `http://x${path}`).pathname)).status, 200, `${path}: ${target}`)
  }
})

test('queries of a range reach the Prometheus of their run, with its own answer; nothing else does', async () => {
  const answer = await ask('/runs/0/query_range?query=up&start=1')
  assert.equal(answer.status, 422)
  assert.deepEqual(await answer.json(), { status: 'error', error: 'its own words' })
  assert.deepEqual(asked, ['/api/v1/query_range?query=up&start=1'])
  for (const path of ['/runs/0/admin/tsdb/snapshot', '/runs/9/query_range', '/runs/0/query', '/package.json', '/..%2f'])
    assert.equal((await ask(path)).status, 404, path)
  assert.equal((await ask('/runs/0/query_range', { method: 'POST' })).status, 405)
  assert.equal(asked.length, 1)
})

test('a Prometheus that is gone is said in words', async () => {
  const answer = await ask('/runs/1/query_range?query=up')
  assert.equal(answer.status, 502)
  assert.match(((await answer.json()) as { error: string }).error, /has the run ended\?$/)
})

test('another host name is refused, and where a Prometheus is stays here', async () => {
  const { port } = new URL(viewer.url)
  const status = await new Promise<number | undefined>((resolve) => {
    get({ port, host: '127.0.0.1', headers: { host: `evil.example:${port}` } }, (response) => {
      resolve(response.resume().statusCode)
    })
  })
  assert.equal(status, 421)
  const view = await (await ask('/view.json')).text()
  assert.ok(!view.includes('prometheusUrl'))
  assert.deepEqual(
    JSON.parse(view).runs.map(({ id }: { id: string }) => id),
    ['a', 'gone'],
  )
})
