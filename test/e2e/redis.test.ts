import assert from 'node:assert/strict'
import { test } from 'node:test'
import { missingComponent, reference, resolved, runForTest } from '../support/lab-run.ts'

for (const fanout of ['redis', 'redis-single']) {
  test(`a Redis that is killed under load delays messages and loses none: --fanout=${fanout}`, async (t) => {
    const run = resolved(
      '--users=40',
      '--slo=p99=60s',
      '--backend=mysql',
      `--fanout=${fanout}`,
      '--cache=redis',
      '--gateways=2',
      '--history=400',
      '--reads=10',
      '--profile=base:3s@40,hold:9s@40',
      '--fault=kill-redis@4s+2s',
    )
    const tested = await runForTest(run, reference(run)).catch((error) => error as Error)
    if (tested instanceof Error) {
      const reason = missingComponent(tested)
      if (reason === null) throw tested
      return t.skip(reason)
    }
    const { ledger, verdict, target, events, phases, reads, resources } = tested.result
    assert.deepEqual([verdict.outcome, verdict.reasons], ['PASS', []])
    assert.deepEqual(
      ledger.counters.filter(({ count }) => count !== 0),
      [],
    )
    assert.equal(ledger.audit.rowsRead, 3 * 40 + 9 * 40)
    for (const { errors } of reads!.kinds) assert.deepEqual(errors, [])
    const [fault, ...others] = events
    assert.deepEqual([fault?.what, fault?.planned, others], ['Redis killed (SIGKILL)', true, []])
    // What was sent at its start waited for the whole of the fault.
    const downMs = (fault!.untilS! - fault!.tS) * 1_000
    assert.ok(phases[1]!.delivery!.max >= downMs * 1_000 * 0.8, JSON.stringify(phases[1]!.delivery))
    assert.equal(target.fanout, fanout)
    assert.deepEqual(
      target.engines.map(({ role }) => role),
      ['store', 'log', 'fanout', 'cache'],
    )
    assert.deepEqual(target.processes, ['gateway-1', 'gateway-2', 'persister', 'api', 'relay'])
    assert.ok(resources.components.find(({ name }) => name === 'redis')!.cpuSeconds! > 0)
  })
}
