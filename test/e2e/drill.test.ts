/** A gateway killed under load, as `npm run drill -- kill-gateway` does it: on a real Swarm, and as plain processes. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { isEmpty, leftoversOf } from '../../compose/swarm/remove.ts'
import { resolveDrill } from '../../lab/drill/command.ts'
import type { ResolvedRun } from '../../lab/run/resolved.ts'
import { runStack } from '../../lab/run/swarm/place.ts'
import { swarmSystem } from '../../lab/run/swarm/system.ts'
import type { Result } from '../../reports/schema/result.ts'
import { testSwarm } from '../support/docker/swarm.ts'
import { missingComponent, reference, runForTest } from '../support/lab-run.ts'

function small(...args: string[]): ResolvedRun {
  const times = ['--warmup=2s', '--base=4s', '--hold=8s', '--recovery=5s']
  const command = resolveDrill('kill-gateway', [
    '--rate=50',
    '--users=30',
    '--gateways=2',
    ...times,
    '--noisy-ok',
    ...args,
  ])
  if (command.kind !== 'run') throw new Error(JSON.stringify(command))
  return command.run
}

/** Nothing is lost, and what it cost is told; how much time it took is not judged on a machine that others use. */
function toldWhole({ ledger, disturbance, events }: Result, users: number): void {
  assert.deepEqual(
    ledger.counters.filter(({ count }) => count !== 0),
    [],
  )
  const [step, ...others] = disturbance!.steps
  assert.deepEqual([step?.event, step?.what, others], ['F1', 'gateway killed (SIGKILL)', []])
  assert.ok(step?.untilS !== null && step!.untilS > step!.fromS)
  assert.equal(events.find(({ id }) => id === 'F1')?.untilS, step!.untilS)
  const { cut, codes, notResumed, connected, resumed } = step!.sockets
  assert.ok(cut > 0 && cut < users, `${cut} of ${users}`)
  assert.deepEqual(codes, [{ code: 1006, count: cut }])
  assert.deepEqual([notResumed, connected?.n, resumed?.n], [0, cut, cut])
  assert.ok(resumed!.max >= connected!.max && connected!.p50 >= 200_000, 'a client waits 0.2 s or more')
  assert.ok(step!.lowestGoodShare !== null && step!.backlogPeak !== null)
}

test('two gateways as processes: half of the sockets are cut and resume at the other, nothing is lost', async (t) => {
  const run = small('--runtime=native')
  try {
    const { result } = await runForTest(run, reference(run))
    toldWhole(result, 30)
  } catch (error) {
    const reason = missingComponent(error)
    if (reason === null) throw error
    t.skip(reason)
  }
})

test('on a Swarm: the Swarm starts another gateway, clients resume through the edge, nothing is lost', async (t) => {
  const swarm = await testSwarm()
  if (!swarm.available) {
    if (process.env.CI) assert.fail(swarm.reason)
    return t.skip(swarm.reason)
  }
  const folder = await mkdtemp(join(tmpdir(), 'lab-drill-'))
  t.after(async () => {
    await swarm.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const run = small('--images=local')
  const around = {
    env: { ...swarm.env, XDG_STATE_HOME: folder },
    signal: new AbortController().signal,
    onProgress: () => undefined,
  }
  const { result } = await runForTest(run, (session) =>
    swarmSystem({ ...run, runId: 'drill', backend: 'mysql', logDir: session.logDir, ...around }),
  )
  toldWhole(result, 30)
  assert.ok(isEmpty(await leftoversOf(swarm.daemon, runStack)))
})
