/** What engines of our own say of themselves: every metric of the table, bounded, on loopback, and after a kill again. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type TestContext, test } from 'node:test'
import type { ComponentName, EngineFigures, RunningComponent, Session } from '../../../compose/component.ts'
import { EnvironmentError } from '../../../compose/component.ts'
import { openSession } from '../../../compose/native/session.ts'
import type { MetricSource } from '../../../dashboards/metrics/description.ts'
import { metrics } from '../../../dashboards/metrics.ts'
import { engineJob, type ScrapedEngine } from '../../../dashboards/prometheus/engines.ts'
import { startExporter } from '../../../lab/observe/exporters.ts'
import { skipOrFail } from '../../support/components.ts'
import { temporaryFolder } from '../../support/compose/session.ts'

type Own = Record<string, string | undefined>

/** Without the addresses of engines that the lane has started for other tests: those are not the lab's own. */
const { KAFKA_URL: _k, MYSQL_URL: _m, MONGO_URL: _o, REDIS_URL: _r, CASSANDRA_CONTACT_POINTS: _c, ...own } = process.env

async function sessionOf(t: TestContext, env: Own = own): Promise<Session> {
  const runDir = await temporaryFolder(t)
  const signal = new AbortController().signal
  const session = await openSession({ runDir, onProgress: () => {}, signal, env, withFigures: true })
  t.after(() => session.close())
  return session
}

/** Null, and the test is skipped or failed, where it is not to be had. */
async function available<T>(t: TestContext, name: string, get: () => Promise<T>): Promise<T | null> {
  try {
    return await get()
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    skipOrFail(t, { available: false, name, reason: error.message })
    return null
  }
}

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
}

/** As Prometheus asks for it, and what it stores of the answer. */
async function scrape(engine: ScrapedEngine, address: string): Promise<Sample[]> {
  const { parameters = {}, names = '.*', withoutLabels = '' } = engineJob(engine, { kind: 'file', files: [] })
  const query = new URLSearchParams()
  for (const [name, values] of Object.entries(parameters)) for (const each of [values].flat()) query.append(name, each)
  const answer = await fetch(`http://${address}/metrics?${query}`)
  assert.equal(answer.status, 200)
  return (await answer.text()).split('\n').flatMap((line) => {
    const [, name, labels = ''] = /^([a-z_0-9]+)(?:\{(.*)\})? /i.exec(line) ?? []
    if (name === undefined || !new RegExp(`^(?:${names})$`).test(name)) return []
    const pairs = [...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value] as const)
    return [{ name, labels: Object.fromEntries(pairs.filter(([key]) => key !== withoutLabels)) }]
  })
}

/** Neither a path of the machine nor an id that every start makes anew. */
function assertComparable(samples: readonly Sample[]): void {
  for (const { name, labels } of samples)
    for (const [label, value] of Object.entries(labels))
      assert.doesNotMatch(value, /[0-9a-f]{20}|^\/|[\\/](tmp|root|home)[\\/]/i, `${name}{${label}="${value}"}`)
}

function assertDescribed(samples: readonly Sample[], ...sources: MetricSource[]): void {
  for (const { name, type, labels, source } of metrics) {
    if (!sources.includes(source)) continue
    const found = samples.filter((sample) => sample.name === (type === 'summary' ? `${name}_sum` : name))
    assert.notEqual(found.length, 0, `${name} is exposed`)
    for (const sample of found) {
      assert.deepEqual(Object.keys(sample.labels).sort(), Object.keys(labels).sort(), name)
      for (const [label, values] of Object.entries(labels))
        assert.ok(values?.includes(sample.labels[label]!) ?? true, `${name}{${label}="${sample.labels[label]}"}`)
    }
  }
}

const pageOf = ({ figures }: RunningComponent): string => {
  assert.ok(figures !== undefined && 'page' in figures, JSON.stringify(figures))
  assert.match(figures.page, /^127\.0\.0\.1:\d+$/)
  return figures.page
}

for (const engine of ['kafka', 'cassandra'] as const)
  test(`${engine} exposes the metrics of the table and nothing else, and after kill -9 on the same page`, async (t) => {
    const session = await sessionOf(t)
    const component = await available(t, engine, () => session.start(engine))
    if (component === null) return
    const page = pageOf(component)
    const samples = await scrape(engine, page)
    assertDescribed(samples, engine, 'jvm')
    assertComparable(samples)
    assert.ok(samples.length < 60, `${samples.length} samples`)
    for (const { name } of samples) assert.match(name, new RegExp(`^(${engine}|jvm)_`))
    for (const process of component.processes) process.kill()
    await Promise.all(component.processes.map(({ exited }) => exited))
    const again = await session.restart(engine)
    assert.equal(pageOf(again), page)
    assertDescribed(await scrape(engine, page), engine, 'jvm')
  })

test('without figures a broker has no page and no agent', async (t) => {
  const session = await openSession({
    runDir: await temporaryFolder(t),
    onProgress: () => {},
    signal: new AbortController().signal,
    env: own,
  })
  t.after(() => session.close())
  const kafka = await available(t, 'kafka', () => session.start('kafka'))
  if (kafka === null) return
  assert.equal(kafka.figures, undefined)
  assert.doesNotMatch(commandLine(kafka.processes[0]!.pid), /javaagent/)
})

const commandLine = (pid: number): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8')

const asked: readonly [ComponentName, MetricSource & EngineFigures['engine']][] = [
  ['mysql', 'mysql'],
  ['mongo', 'postgres'],
  ['redis', 'redis'],
]
for (const [component, engine] of asked)
  test(`the exporter of ${engine} has the metrics of the table, and no password among its arguments`, async (t) => {
    const session = await sessionOf(t)
    const { figures } = (await available(t, component, () => session.start(component))) ?? {}
    if (figures === undefined) return
    assert.ok('url' in figures && figures.engine === engine)
    const exporter = await available(t, `${engine}-exporter`, () => startExporter(session, figures.engine, figures.url))
    if (exporter === null) return
    const samples = await scrape(engine, exporter.address)
    assertDescribed(samples, engine)
    assertComparable(samples)
    assert.ok(samples.length < 600, `${samples.length} samples`)
    const { password } = new URL(figures.url.replace('@/', '@localhost/'))
    if (password !== '') assert.ok(!commandLine(exporter.process.pid).includes(password))
  })
