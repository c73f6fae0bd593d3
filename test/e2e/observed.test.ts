import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext, test } from 'node:test'
import { EnvironmentError, type RunningProcess, type Session, type SessionOptions } from '../../compose/component.ts'
import { openSession } from '../../compose/native/session.ts'
import { metrics, targetLabels } from '../../dashboards/metrics.ts'
import type { LabParts } from '../../lab/run/parts.ts'
import { runLab } from '../../lab/run/run.ts'
import type { Result } from '../../reports/schema/result.ts'
import { skipOrFail } from '../support/components.ts'
import { missingComponent, reference, resolved, silentView, watching } from '../support/lab-run.ts'
import { askKept, type KeptSeries } from '../support/observed-run.ts'

/** Whole runs that are watched by a real Prometheus. */
const load = ['--users=60', '--room-size=3', '--slo=p99=60s', '--observe=on']

let outDir = ''
let missing = ''
before(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'lab-observed-'))
  await withSession(async (session) => {
    await session.prometheus().catch((error: unknown) => {
      if (!(error instanceof EnvironmentError)) throw error
      missing = error.message
    })
  })
})
after(() => rm(outDir, { recursive: true, force: true }))

const isHere = (t: TestContext) =>
  missing === '' || skipOrFail(t, { available: false, name: 'prometheus', reason: missing })

async function withSession<T>(use: (session: Session) => Promise<T>): Promise<T> {
  const runDir = await mkdtemp(join(outDir, 'session-'))
  const session = await openSession({
    runDir,
    onProgress: () => {},
    signal: new AbortController().signal,
    env: process.env,
  })
  try {
    return await use(session)
  } finally {
    await session.close()
  }
}

interface ObservedRun {
  readonly result: Result
  readonly folder: string
  /** The process of Prometheus, once it has started. */
  readonly prometheus: () => RunningProcess | undefined
}

async function observe(args: readonly string[], during: (parts: ObservedParts) => Partial<LabParts> = () => ({})) {
  let prometheus: RunningProcess | undefined
  const run = resolved(...load, ...args)
  const parts: LabParts = {
    openSession: async (options) => {
      const session = await openSession(options)
      const spawn = session.spawn.bind(session)
      return Object.assign(session, {
        spawn: async (wanted: Parameters<Session['spawn']>[0]) => {
          const started = await spawn(wanted)
          if (wanted.name === 'prometheus') prometheus = started
          return started
        },
      })
    },
    target: reference(run),
    view: silentView(),
    stop: new AbortController().signal,
    giveUp: new AbortController().signal,
    env: process.env,
    ...during({ kill: () => prometheus?.kill.call(prometheus), pid: () => prometheus?.pid }),
  }
  const { result, folder } = await runLab({ ...run, outDir }, `run-${crypto.randomUUID().slice(0, 8)}`, parts)
  return { result, folder, prometheus: () => prometheus } satisfies ObservedRun
}

interface ObservedParts {
  readonly kill: () => void
  readonly pid: () => number | undefined
}

const total = (series: readonly KeptSeries[]) => series.reduce((sum, { value }) => sum + value, 0)

for (const backend of ['sqlite', 'mongo'] as const) {
  test(`${backend}: the parts of the path add up to the whole, and nothing is named by room or user`, async (t) => {
    if (!isHere(t)) return
    let observed: ObservedRun
    try {
      observed = await observe([`--backend=${backend}`, ...(backend === 'mongo' ? ['--gateways=2'] : [])])
    } catch (error) {
      const reason = missingComponent(error)
      if (reason === null) throw error
      t.skip(reason)
      return
    }
    const { result, folder } = observed
    assert.equal(result.verdict.outcome, 'PASS', JSON.stringify(result.verdict.reasons))
    assert.deepEqual(
      result.warnings.filter((text) => /Prometheus|observed|metrics/.test(text)),
      [],
    )
    await askKept(folder, async (query) => {
      const last = (name: string) => query(`last_over_time(${name}[1m])`)
      const whole = total(await last('chat_delivery_seconds_sum'))
      const count = total(await last('chat_delivery_seconds_count'))
      assert.equal(total(await query('histogram_count(last_over_time(chat_delivery_seconds[1m]))')), count)
      const parts = await last('chat_stage_seconds_sum')
      assert.ok(Math.abs(total(parts) - whole) <= count * 0.001, `parts ${total(parts)}, whole ${whole}, of ${count}`)
      for (const stage of ['durable', 'fanout', 'write'])
        assert.ok(total(parts.filter(({ metric }) => metric.stage === stage)) > 0, `${stage} takes time`)
      for (const { value } of await query('sum by (stage) (last_over_time(chat_stage_seconds_count[1m]))'))
        assert.equal(value, count)
      const acked = result.phases.reduce((sum, phase) => sum + phase.acked, 0)
      assert.ok(count >= acked && count <= acked * 2, `${count} deliveries at gateways of ${acked} messages`)
      assert.equal(total(await last('lab_messages_acked_total')), acked)
      if (backend === 'mongo') assert.equal(total(await last('chat_persist_seconds_count')), acked)
      // What receivers saw holds the whole path and the way there and back.
      const seen = result.phases.reduce((sum, { delivery }) => sum + (delivery?.n ?? 0), 0)
      assert.ok(seen >= count)
      // What ended before the end counts too: a second without deliveries has no latency.
      await assertBounded(result, await query('last_over_time({job=~".+"}[5m])'), backend)
    })
  })
}

/** Every series of a run with 20 rooms and 60 users: known labels, no identity in any value. */
async function assertBounded(result: Result, all: readonly KeptSeries[], backend: string): Promise<void> {
  assert.equal(result.workload.rooms, 20)
  const own = new Map(metrics.map((metric) => [metric.name, metric]))
  const seen = new Set<string>()
  for (const { metric } of all) {
    const { __name__: name = '', ...labels } = metric
    const described = own.get(name) ?? own.get(name.replace(/_(bucket|sum|count)$/, ''))
    if (described !== undefined) seen.add(described.name)
    const known = new Set<string>([...targetLabels, 'le', ...Object.keys(described?.labels ?? {})])
    for (const [label, value] of Object.entries(labels)) {
      if (/^(chat|lab|kafka)_/.test(name))
        assert.ok(described !== undefined && known.has(label), `${name}{${label}="${value}"}`)
      const allowed = described?.labels[label]
      if (allowed) assert.ok(allowed.includes(value), `${name}{${label}="${value}"}`)
      if (label !== 'run')
        assert.doesNotMatch(value, /[0-9A-HJKMNP-TV-Z]{26}|user\d|room/i, `${name}{${label}="${value}"}`)
    }
  }
  const roles = backend === 'mongo' ? ['gateway', 'api', 'persister'] : ['gateway', 'api']
  const isFerretdb = result.target.engines.some(({ engine }) => engine.product === 'FerretDB')
  const sources = ['chat', 'lab', ...(backend === 'mongo' ? ['kafka', 'jvm'] : []), ...(isFerretdb ? ['postgres'] : [])]
  const absent = metrics.filter(
    ({ name, roles: exposedBy, source }) =>
      !seen.has(name) && sources.includes(source) && (exposedBy ?? roles).some((role) => roles.includes(role)),
  )
  const onlyWhenItHappens = ['chat_refused_total', 'lab_fault_active', 'nodejs_gc_duration_seconds']
  assert.deepEqual(
    absent.map(({ name }) => name).filter((name) => !onlyWhenItHappens.includes(name)),
    [],
  )
  assert.ok(all.length < 1_000 * (backend === 'mongo' ? 5 : 2), `${all.length} series`)
}

test('Prometheus killed in mid-run: the run goes on, its verdict stands, the report says so, what there was is kept', async (t) => {
  if (!isHere(t)) return
  const { result, folder } = await observe([], ({ kill }) => ({ view: watching((second) => second === 6 && kill()) }))
  assert.equal(result.verdict.outcome, 'PASS', JSON.stringify(result.verdict.reasons))
  assert.ok(
    result.warnings.some((text) => text.includes('Prometheus ended by itself')),
    result.warnings.join('\n'),
  )
  assert.ok(result.events.some(({ what }) => what.includes('Prometheus')))
  const kept = await askKept(folder, (query) => query('max_over_time(lab_messages_sent_total[5m])'))
  assert.ok(total(kept) > 0)
})

test('Ctrl-C ends Prometheus with the rest, and keeps what it has', async (t) => {
  if (!isHere(t)) return
  const stop = new AbortController()
  const { result, folder, prometheus } = await observe([], () => ({
    view: watching((second) => second === 4 && stop.abort()),
    stop: stop.signal,
  }))
  assert.equal(result.verdict.outcome, 'INCOMPLETE')
  assert.throws(() => process.kill(prometheus()!.pid, 0), 'its process is gone')
  assert.ok((await readdir(join(folder, 'prometheus'))).includes('observed.json'))
})

test('where the figures of an engine cannot be had the run goes on and its report says so', async (t) => {
  if (!isHere(t)) return
  const withoutIt = async (options: SessionOptions) => {
    const session = await openSession(options)
    const absent = new EnvironmentError('ENV-MISSING', 'redis-exporter', 'no exporter here.', 'Install it.')
    return Object.assign(session, { exporter: () => Promise.reject(absent) })
  }
  try {
    const { result } = await observe(
      ['--backend=mysql', '--fanout=redis', '--profile=warm-up:1s@20,base:3s@20'],
      () => ({ openSession: withoutIt }),
    )
    assert.notEqual(result.verdict.outcome, 'INCOMPLETE', JSON.stringify(result.verdict.reasons))
    for (const engine of ['mysql', 'redis'])
      assert.ok(
        result.warnings.includes(`${engine} was watched from outside only: no exporter here.`),
        result.warnings.join('\n'),
      )
  } catch (error) {
    const reason = missingComponent(error)
    if (reason === null) throw error
    t.skip(reason)
  }
})

test('where Prometheus cannot be had the run goes on and says so', async () => {
  const absent = new EnvironmentError('ENV-MISSING', 'prometheus', 'no Prometheus here.', 'Install it.')
  const withoutIt = async (options: SessionOptions) =>
    Object.assign(await openSession(options), { prometheus: () => Promise.reject(absent) })
  const { result } = await observe(['--profile=warm-up:1s@20,base:3s@20'], () => ({ openSession: withoutIt }))
  assert.equal(result.verdict.outcome, 'PASS', JSON.stringify(result.verdict.reasons))
  assert.ok(
    result.warnings.some((text) => text.includes('not observed: no Prometheus here')),
    result.warnings.join('\n'),
  )
})
