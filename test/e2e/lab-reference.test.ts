import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { type TestContext, test } from 'node:test'
import { EnvironmentError } from '../../compose/component.ts'
import { openSession } from '../../compose/native/session.ts'
import type { Result } from '../../reports/schema/result.ts'
import { parseResult, serializeResult } from '../../reports/schema/validate.ts'
import {
  missingComponent,
  reference,
  resolved,
  runForTest,
  spyOn,
  type TestedRun,
  watching,
} from '../support/lab-run.ts'

const load = ['--users=50', '--slo=p99=60s']
const ledgerIsClean = (result: Result) =>
  assert.deepEqual(
    result.ledger.counters.filter(({ count }) => count !== 0),
    [],
  )

/** Skips by name and reason where a component is not to be had; where CI is set that is a failure. */
async function withMongo(t: TestContext, run: () => Promise<TestedRun>): Promise<TestedRun | null> {
  try {
    return await run()
  } catch (error) {
    const reason = missingComponent(error)
    if (reason === null) throw error
    t.skip(reason)
    return null
  }
}

test('the embedded chat passes a short spike, and the run leaves what it should', async () => {
  const run = resolved(...load)
  const { result, files } = await runForTest(run, reference(run))
  assert.deepEqual(result.verdict.reasons, [])
  assert.equal(result.verdict.outcome, 'PASS')
  ledgerIsClean(result)
  assert.deepEqual(parseResult(serializeResult(result)), result)
  assert.deepEqual([...files].sort(), [
    'config.json',
    'environment.json',
    'generator-0',
    'latency.hlog',
    'ledger.json',
    'logs',
    'report.html',
    'result.json',
    'timeline.ndjson',
  ])
  const { target, ledger, phases, resources } = result
  assert.match(target.title, /^sqlite@\d+, SQLite \d/)
  const sent = phases.reduce((sum, phase) => sum + phase.sent, 0)
  assert.deepEqual([ledger.audit.rowsRead, ledger.audit.foreignRows], [sent, 0])
  assert.ok(resources.components.every(({ cpuSeconds }) => cpuSeconds !== null && cpuSeconds > 0))
})

test('a preloaded history is read while the load runs, and stays out of every other figure, on every backend', async (t) => {
  for (const backend of ['sqlite', 'mongo']) {
    const run = resolved(
      ...load,
      `--backend=${backend}`,
      '--profile=warm-up:2s@50,base:3s@50',
      '--history=2005',
      '--reads=20',
      '--compacted',
    )
    const tested = await withMongo(t, () => runForTest(run, reference(run)))
    if (tested === null) return
    const { ledger, phases, workload, warnings, reads, storage } = tested.result
    ledgerIsClean(tested.result)
    const sent = phases.reduce((sum, phase) => sum + phase.sent, 0)
    const { rowsRead, foreignRows, historyRows } = ledger.audit
    assert.deepEqual([rowsRead, foreignRows, historyRows, workload.history], [sent, 0, 2_005, 2_005], backend)
    for (const { kind, intended, errors, latency } of reads!.kinds)
      assert.deepEqual([intended, errors, latency?.n], [20, [], 20], `${backend} ${kind}`)
    // 50 messages a second, none within 10 ms of another: all are marked. SQLite stores before the RECEIPT.
    const reported = phases.map(({ persistReported }) => persistReported?.n ?? null)
    assert.deepEqual(reported, backend === 'mongo' ? [100, 150] : [null, null])
    assert.deepEqual([storage?.messages, storage?.history], [sent, 2_005])
    assert.ok(storage!.bytesAfter > storage!.bytesEmpty && storage!.bytesCompacted! > storage!.bytesEmpty)
    assert.ok(storage!.compactedBytesPerMessage! > 200 && storage!.writeAmplification! > 1, JSON.stringify(storage))
    assert.ok(!warnings.some((warning) => /disk|gap|history|not sent/.test(warning)), warnings.join())
  }
})

test('a store that refuses writes for a while delays messages and loses none', async () => {
  const run = resolved(...load, '--profile=base:3s@50,hold:6s@50', '--fault=store-refuses@4s+2s')
  const { result } = await runForTest(run, reference(run))
  ledgerIsClean(result)
  assert.equal(result.verdict.outcome, 'PASS')
  const [fault] = result.events.filter((event) => event.kind === 'fault')
  assert.deepEqual([fault?.id, fault?.planned, fault?.phase], ['F1', true, 'hold'])
  // The first message that was refused waited for the whole of the fault.
  const lockedMs = (fault!.untilS! - fault!.tS) * 1_000
  assert.ok(result.phases[1]!.delivery!.max >= lockedMs * 1_000 * 0.8, JSON.stringify(result.phases[1]!.delivery))
})

test('a gateway that dies by itself makes the run invalid and is named', async () => {
  const { openSession: spying, pids } = spyOn(openSession)
  const view = watching((second) => {
    if (second === 2) process.kill(pids.get('gateway+api')!, 'SIGKILL')
  })
  const run = { ...resolved(...load, '--profile=base:3s@50,hold:3s@50'), drain: { quietMs: 1_000, maxMs: 5_000 } }
  const { result } = await runForTest(run, reference(run), { view, openSession: spying })
  assert.deepEqual([result.verdict.outcome, result.verdict.exitCode], ['INVALID', 3])
  assert.equal(result.verdict.reasons[0]?.code, 'restart')
  assert.ok(result.events.some((event) => event.kind === 'exit' && event.what.includes('gateway+api')))
})

test('a port in use is an error of the environment that names the port, and nothing was measured', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const run = resolved(...load, `--port=${port}`)
  try {
    await assert.rejects(runForTest(run, reference(run)), (error: EnvironmentError) => {
      assert.ok(error instanceof EnvironmentError)
      assert.ok(
        error.logLines.some((line) => line.includes(String(port))),
        error.logLines.join('\n'),
      )
      return true
    })
  } finally {
    server.close()
  }
})

test('kill -9 of the persister and of Kafka in mid-run lose no acked message', async (t) => {
  const run = resolved(
    '--backend=mongo',
    '--users=50',
    '--slo=p99=120s',
    '--profile=base:5s@50,hold:25s@100,recovery:6s@50',
    '--fault=kill-persister@6s+1s',
    '--fault=kill-kafka@18s+1s',
  )
  const own = { ...process.env, MONGO_URL: undefined, KAFKA_URL: undefined }
  const tested = await withMongo(t, () => runForTest(run, reference(run), { env: own }))
  if (tested === null) return
  const { result } = tested
  ledgerIsClean(result)
  assert.deepEqual(
    result.events.filter((event) => event.kind === 'fault').map((event) => event.planned),
    [true, true],
  )
  assert.equal(result.verdict.outcome, 'PASS', JSON.stringify(result.verdict.reasons))
})

test('a gateway that was killed comes back on its port, and its clients resume', async (t) => {
  const run = resolved(
    '--backend=mongo',
    '--users=50',
    '--slo=p99=120s',
    '--profile=base:4s@50,hold:14s@50',
    '--fault=kill-gateway@6s+1s',
  )

  const tested = await withMongo(t, () => runForTest(run, reference(run)))
  if (tested === null) return
  ledgerIsClean(tested.result)
  assert.ok(tested.result.events.some((event) => event.kind === 'reconnect'))
  assert.equal(tested.result.verdict.outcome, 'PASS', JSON.stringify(tested.result.verdict.reasons))
})
