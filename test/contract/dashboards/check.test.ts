import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, type TestContext, test } from 'node:test'
import type { EnvironmentError } from '../../../compose/component.ts'
import { openSession } from '../../../compose/native/session.ts'
import type { Board, Panel } from '../../../dashboards/board.ts'
import { boards } from '../../../dashboards/boards/index.ts'
import { checkBoards } from '../../../dashboards/check/check.ts'
import { Prometheus } from '../../../dashboards/check/prometheus.ts'
import { substitute } from '../../../dashboards/variables.ts'
import { checkCommand } from '../../../lab/dashboards/check.ts'
import type { Io } from '../../../lab/run/execute.ts'
import { skipOrFail } from '../../support/components.ts'
import { type ServedRun, servedRun, whyUnwatched } from '../../support/observed-run.ts'

/** `dashboards check` against the Prometheus data of a real run. */
let missing: string | null = null
let served: ServedRun

before(async () => {
  missing = await whyUnwatched()
  if (missing === null) served = await servedRun()
})
after(() => served?.close())

const isHere = (t: TestContext) =>
  missing === null || skipOrFail(t, { available: false, name: 'prometheus', reason: missing })

const panel = (title: string, expr: string, more: Partial<Panel> = {}): Panel => ({
  title,
  about: 'Planted.',
  unit: 'count',
  lines: [{ expr, name: 'planted' }],
  ...more,
})
const check = (...panels: Panel[]) => {
  const board: Board = { uid: 'planted', title: 'Planted', about: 'Planted.', panels }
  return checkBoards([board], served.run, new Prometheus(served.prometheusUrl))
}

test('every panel of every board has data of its unit, or says why not', async (t) => {
  if (!isHere(t)) return
  const result = await checkBoards(boards, served.run, new Prometheus(served.prometheusUrl))
  assert.deepEqual(result.problems, [])
  assert.equal(
    result.queries,
    boards.flatMap((board) => board.panels).reduce((count, { lines }) => count + lines.length, 0),
  )
  const left = new Set(result.notApplicable.map((finding) => finding.panel))
  for (const one of boards.flatMap((board) => board.panels))
    assert.equal(left.has(one.title), (one.needs ?? []).length > 0, `${one.title}: not applicable by its rule only`)
})

test('Prometheus reads every query of every board', async (t) => {
  if (!isHere(t)) return
  const prometheus = new Prometheus(served.prometheusUrl)
  const values = { run: 'x', backend: '.*', stepS: 1, rangeS: 60 }
  for (const { expr } of boards.flatMap((board) => board.panels).flatMap(({ lines }) => lines))
    await prometheus.parse(substitute(expr, values))
})

test('an empty panel is found', async (t) => {
  if (!isHere(t)) return
  const { problems } = await check(panel('Empty', 'lab_backlog_messages{run="another"}'))
  assert.deepEqual(problems, [
    { board: 'Planted', panel: 'Empty', query: 'lab_backlog_messages{run="another"}', reason: 'empty: no series' },
  ])
  const nothing = await check(panel('NaN', 'lab_unanswered_messages{run="$run"} * (chat_pending{run="none"} or NaN)'))
  assert.equal(nothing.problems.length, 1)
})

test('an empty panel passes only by its own rule: a part that the run has not, or a declared answer', async (t) => {
  if (!isHere(t)) return
  const expr = 'chat_persisted_total{run="$run"}'
  const result = await check(
    panel('Needs a part', expr, { needs: ['persister'] }),
    panel('May be empty', expr, { lines: [{ expr, name: 'x', mayBeEmpty: 'when nothing was stored' }] }),
    panel('Has the part', expr),
  )
  assert.deepEqual(
    result.notApplicable.map((finding) => finding.panel),
    ['Needs a part'],
  )
  assert.match(result.notApplicable[0]?.reason ?? '', /^it has not a persister/)
  assert.deepEqual(
    result.emptyIsFine.map((finding) => finding.panel),
    ['May be empty'],
  )
  assert.deepEqual(
    result.problems.map((finding) => finding.panel),
    ['Has the part'],
  )
})

test('a failing query is found, in the words of Prometheus', async (t) => {
  if (!isHere(t)) return
  const result = await check(
    panel('Broken', 'sum(lab_backlog_messages{run="$run"}'),
    panel('Forgotten', 'lab_backlog_messages{run="$run"}[$window]'),
    panel('Ambiguous', 'lab_component_resident_bytes * on (run) lab_component_read_bytes_total'),
  )
  assert.deepEqual([...new Set(result.problems.map((finding) => finding.panel))], ['Broken', 'Forgotten', 'Ambiguous'])
  assert.match(result.problems[0]?.reason ?? '', /^the query fails: .*unclosed left parenthesis/)
})

test('a wrong unit is found, also for a panel that does not apply to this run', async (t) => {
  if (!isHere(t)) return
  const result = await check(
    panel('Memory in seconds', 'lab_component_resident_bytes{run="$run"}', { unit: 'seconds' }),
    panel('Lag in bytes', 'chat_persist_lag_messages{run="$run"}', { unit: 'bytes', needs: ['log'] }),
    panel('Rate as a count', 'rate(lab_messages_sent_total{run="$run"}[$__rate_interval])'),
  )
  assert.deepEqual(
    result.problems.map(({ panel: name, reason }) => `${name}: ${reason}`),
    [
      'Memory in seconds: the panel is in seconds, the query is in bytes',
      'Lag in bytes: the panel is in bytes, the query is in messages',
      'Rate as a count: the panel is in count, the query is in messages/s',
    ],
  )
})

test('a legend that names a label the result has not is found', async (t) => {
  if (!isHere(t)) return
  const expr = 'sum(lab_backlog_messages{run="$run"})'
  const { problems } = await check(panel('Nameless', expr, { lines: [{ expr, name: '{{instance}}' }] }))
  assert.deepEqual(
    problems.map(({ reason }) => reason),
    ['the legend names the label instance, which the result has not'],
  )
})

test('the command names board, panel, query and reason, and fails', async (t) => {
  if (!isHere(t)) return
  const written: string[] = []
  const stdout = new PassThrough().on('data', (chunk) => written.push(String(chunk)))
  const io = { stdout, stderr: new PassThrough(), env: process.env, openSession, onInterrupt: () => () => {} }
  const planted: Board = {
    uid: 'planted',
    title: 'Planted',
    about: 'Planted.',
    panels: [panel('Memory in seconds', 'lab_component_resident_bytes{run="$run"}', { unit: 'seconds' })],
  }
  const parts = { folders: [served.run.folder], outDir: 'unused' }
  assert.equal(await checkCommand({ ...parts, boards: [planted] }, io as unknown as Io), 1)
  assert.match(
    written.join(''),
    /Planted > Memory in seconds: .* in bytes\n +lab_component_resident_bytes\{run="\$run"\}/,
  )
  assert.equal(await checkCommand({ ...parts, boards: boards.slice(0, 1) }, io as unknown as Io), 0)
  const empty = await mkdtemp(join(tmpdir(), 'lab-empty-'))
  t.after(() => rm(empty, { recursive: true }))
  await assert.rejects(checkCommand({ ...parts, folders: [empty] }, io as unknown as Io), (error: EnvironmentError) => {
    return error.code === 'ENV-MISSING' && /has no Prometheus data/.test(error.message)
  })
  const gone = checkCommand({ ...parts, folders: [join(empty, 'gone')] }, io as unknown as Io)
  await assert.rejects(gone, { code: 'ENV-MISSING', message: /There is no folder .*gone/ })
})
