import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { judge } from '../../../lab/judge/judge.ts'
import { phaseSpans } from '../../../lab/judge/phases.ts'
import { maxOf } from '../../../lab/measure/distribution.ts'
import { Intervals } from '../../../lab/measure/intervals.ts'
import { MarkFeed } from '../../../lab/run/reference/marks.ts'
import { StoredMarkCollector } from '../../../lab/run/storedMarks.ts'
import { StoredMarks } from '../../../system/chat/stored-marks.ts'
import { evidenceOf, shortSpike } from '../../support/history.ts'

const startUnixMs = 1_700_000_000_000

test('each marked message counts once, by its first report, in the second it was due', async () => {
  const at = (ms: number) => startUnixMs + ms
  const answers = [
    [
      [at(10), at(310)],
      [at(1_500), at(1_500)],
    ],
    // Written again after a crash, before its commit.
    [
      [at(10), at(9_000)],
      [at(1_990), at(4_990)],
    ],
  ] as [number, number][][]
  const collector = new StoredMarkCollector(async () => answers.shift() ?? [])
  await collector.finish()
  await collector.finish()
  const latency = new Intervals()
  collector.addTo(latency, startUnixMs)
  const second = (s: number) => latency.at('persistReported', s)
  assert.deepEqual([second(0).total, second(1).total, second(9).total], [1, 2, 0])
  assert.deepEqual([...second(0).values, ...second(1).values], [300_000, 1, 3_000_000])
})

test('a target that reports nothing, or cannot now, leaves nothing', async () => {
  for (const fetch of [undefined, () => Promise.reject(new Error('down'))]) {
    const collector = new StoredMarkCollector(fetch)
    await collector.finish()
    const latency = new Intervals()
    collector.addTo(latency, startUnixMs)
    assert.equal(maxOf(latency.span('persistReported', 0, 100)), null)
  }
})

test('the phases show it by due time, and null where nobody reports', () => {
  const evidence = evidenceOf({})
  assert.ok(judge(evidence).phases.every(({ persistReported }) => persistReported === null))
  const base = phaseSpans(shortSpike).find(({ name }) => name === 'base')!
  const marks = Array.from({ length: 100 }, (_, i) => [startUnixMs + base.startS * 1_000 + i, i + 1] as const)
  const collector = new StoredMarkCollector(async () => marks.map(([due, ms]) => [due, due + ms] as const))
  return collector.finish().then(() => {
    collector.addTo(evidence.latency, startUnixMs)
    const { phases } = judge(evidence)
    const own = phases.find(({ name }) => name === 'base')!.persistReported
    assert.deepEqual([own?.n, own?.p50, own?.p99, own?.max], [100, 50_000, 99_000, 100_000])
    assert.deepEqual(
      phases.filter(({ persistReported }) => persistReported !== null).map(({ name }) => name),
      ['base'],
    )
  })
})

test('a feed asks on where it was, begins anew with a new process, and survives one that is down', async (t) => {
  let marks = new StoredMarks()
  let status = 200
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url!)
    const from = Number(new URL(request.url!, 'http://x').searchParams.get('from'))
    response.writeHead(status).end(JSON.stringify(marks.since(from)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const internalUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let url = internalUrl
  let pid: number | null = 1
  const get = (path: string) => fetch(`${url}${path}`)
  const feed = new MarkFeed(() => (pid === null ? null : { incarnation: pid, get }))
  marks.add(1, 2)
  marks.add(3, 4)
  const first = await feed.fetch()
  assert.deepEqual(first, [
    [1, 2],
    [3, 4],
  ])
  marks.add(5, 6)
  status = 500
  assert.deepEqual(await feed.fetch(), [])
  status = 200
  assert.deepEqual(await feed.fetch(), [[5, 6]])
  pid = null
  assert.deepEqual(await feed.fetch(), [])
  pid = 2
  marks = new StoredMarks()
  marks.add(7, 8)
  assert.deepEqual(await feed.fetch(), [[7, 8]])
  assert.deepEqual(asked.map((line) => line.replace('/internal/stored-marks?from=', '')).join(), '0,2,2,0')
  url = 'http://127.0.0.1:1'
  assert.deepEqual(await feed.fetch(), [])
})
