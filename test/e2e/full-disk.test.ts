import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { openSession } from '../../compose/native/session.ts'
import { missingComponent, reference, resolved, runForTest, type TestedRun, watching } from '../support/lab-run.ts'
import { mountSmallDisk, onDisk } from '../support/small-disk.ts'

/** A run whose component `owner` finds its disk full from the third second on. */
async function runOnFullDisk(t: TestContext, owner: string, ...args: string[]): Promise<TestedRun | null> {
  const disk = await mountSmallDisk(t)
  if (disk === null) return null
  try {
    const load = ['--users=50', '--slo=p99=60s', '--body-bytes=2000', '--profile=base:3s@100,hold:15s@100']
    const run = { ...resolved(...load, ...args), drain: { quietMs: 2_000, maxMs: 10_000 } }
    const view = watching((second) => {
      if (second === 2) void disk.fill(0)
    })
    const own = { ...process.env, MYSQL_URL: undefined, POSTGRES_URL: undefined, KAFKA_URL: undefined }
    return await runForTest(run, reference(run), { view, openSession: onDisk(openSession, owner, disk), env: own })
  } catch (error) {
    const reason = missingComponent(error)
    if (reason === null) throw error
    t.skip(reason)
    return null
  } finally {
    await disk.unmount()
  }
}

const tests = [
  { owner: 'sqlite', args: [], ended: 'gateway\\+api' },
  { owner: 'mysql', args: ['--backend=mysql'], ended: '(persister|mysqld)' },
  { owner: 'postgres', args: ['--backend=postgres'], ended: '(persister|postgres)' },
  { owner: 'kafka', args: ['--backend=mysql'], ended: 'kafka' },
]
for (const { owner, args, ended } of tests) {
  test(`a run whose disk of ${owner} fills is invalid and says so, and keeps what was measured`, async (t) => {
    const tested = await runOnFullDisk(t, owner, ...args)
    if (tested === null) return
    const { verdict, events, phases } = tested.result
    assert.equal(verdict.outcome, 'INVALID', JSON.stringify(verdict))
    const text = new RegExp(`${ended} ended by itself \\(exit code \\d\\): the disk of ${owner} is full`, 'i')
    assert.match(verdict.reasons[0]!.text, text)
    const exit = events.find(({ kind }) => kind === 'exit')
    assert.match(exit!.what, text)
    assert.notEqual(exit!.effect, '')
    assert.ok(phases[0]!.delivery!.n > 0)
    assert.ok(['report.html', 'result.json', 'logs'].every((name) => tested.files.includes(name)))
  })
}
