import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { drillCommand, resolveDrill } from '../../../lab/drill/command.ts'
import { definitionOf, faultsOf } from '../../../lab/drill/drill.ts'
import { drills } from '../../../lab/drill/drills.ts'
import type { Io } from '../../../lab/run/execute.ts'
import { formatFault, notOffered, parseFault } from '../../../lab/run/faults.ts'
import { faultKinds, type Runtime, runtimes } from '../../../lab/run/target.ts'
import { optionProblems } from '../../../scenarios/definitions/definition.ts'
import { profileDurationMs } from '../../../scenarios/profiles.ts'
import { formatSlo, parseSlos } from '../../../scenarios/slos.ts'
import { type EditionName, editions } from '../../../system/editions/index.ts'
import { recordedIo } from '../../support/io.ts'

const run = (name: string, ...args: string[]) => {
  const command = resolveDrill(name, args)
  assert.equal(command.kind, 'run', JSON.stringify(command))
  return (command as Extract<typeof command, { kind: 'run' }>).run
}
const problems = (name: string, ...args: string[]) => {
  const command = resolveDrill(name, args)
  assert.equal(command.kind, 'problems')
  return (command as Extract<typeof command, { kind: 'problems' }>).problems
}

describe('every drill', () => {
  for (const drill of Object.values(drills)) {
    const definition = definitionOf(drill)

    test(`${drill.name} is a scenario that can be run, with steps inside its hold`, () => {
      assert.deepEqual(optionProblems(definition.defaults), [])
      const profile = definition.profile(definition.defaults)
      const hold = profile.findIndex(({ phase }) => phase === 'hold')
      const [fromMs, untilMs] = [hold, hold + 1].map((index) => profileDurationMs(profile.slice(0, index)))
      const faults = faultsOf(drill, profile)
      assert.ok(faults.length > 0)
      for (const { atMs } of faults) assert.ok(atMs > fromMs! && atMs < untilMs!, `${atMs} ms`)
      assert.deepEqual(new Set(profile.map(({ toRate }) => toRate)), new Set([1_000]))
    })

    test(`${drill.name} judges what its steps cost, in words that are read back`, () => {
      assert.ok(drill.gateways.standard >= drill.gateways.least)
      assert.ok(drill.slos.some(({ metric }) => metric === 'drain'))
      const texts = definition.slos.map(formatSlo)
      assert.deepEqual(parseSlos(texts), { slos: definition.slos, problems: [] })
    })
  }
})

test('the two figures of the issue: back within 5 s of a killed gateway, drained 10 s after a killed persister', () => {
  const bounds = (name: string) => run(name).slos.filter(({ unit }) => unit === 'us')
  const of = (name: string, metric: string) => bounds(name).filter((slo) => slo.metric === metric)
  assert.deepEqual(
    of('kill-gateway', 'reconnect').map(({ id, quantile, bound, phase }) => [id, quantile, bound, phase]),
    [['reconnect:p95=5s', 0.95, 5_000_000, 'run']],
  )
  assert.deepEqual(
    of('kill-persister', 'drain').map(({ id, quantile, bound }) => [id, quantile, bound]),
    [['drain:max=10s', 1, 10_000_000]],
  )
})

test('a drill resolves like a run: its own defaults, the steps after the phases before the hold, its own command', () => {
  const { scenario, backend, runtime, gateways, faults, config, command, slos } = run('kill-gateway')
  assert.deepEqual([scenario, backend, runtime, gateways], ['drill-kill-gateway', 'mysql', 'swarm', 3])
  assert.deepEqual(faults, [{ kind: 'kill-gateway', atMs: 21_000, forMs: 2_000 }])
  assert.deepEqual(
    config.filter(({ changed }) => changed).map(({ name }) => name),
    ['knob sendsPerSecond'],
  )
  assert.equal(command, 'npm run drill -- kill-gateway')
  assert.equal(slos.filter(({ metric }) => metric.startsWith('ledger:')).length, 8)
  const changed = run('kill-gateway', '--rate=200', '--base=4s', '--runtime=native', '--slo=reconnect:p95=2s', '--json')
  assert.deepEqual(new Set(changed.profile.map(({ toRate }) => toRate)), new Set([200]))
  assert.equal(changed.faults[0]?.atMs, 15_000)
  assert.equal(
    changed.command,
    'npm run drill -- kill-gateway --rate=200 --base=4s --runtime=native --slo=reconnect:p95=2s',
  )
  assert.ok(changed.slos.some(({ id }) => id === 'reconnect:p95=2s'))
  assert.ok(!changed.slos.some(({ id }) => id === 'reconnect:p95=5s'))
  const scaled = run('scale').faults.map(({ kind, amount }) => [kind, amount])
  assert.deepEqual(scaled, [
    ['scale-gateways', 5],
    ['scale-gateways', 2],
  ])
})

test('every problem of a command line is told before anything starts', () => {
  assert.deepEqual(problems('kill-edge', '--runtime=native', '--rate=many', '--from=5'), [
    '--rate=many cannot be used: give messages a second, like 5000 or 5000/s',
    '--rate says it: leave out --from',
    'kill-edge: not offered by --runtime=native: clients reach the gateways without an edge balancer there',
  ])
  assert.match(problems('kill-gatway', '--gateways=0').join('\n'), /did you mean kill-gateway\?\n--gateways=0 cannot/)
  assert.match(problems('').join(), /^say which drill: rolling-update, scale,/)
  assert.match(problems('kill-gateway', '--gateways=1').join(), /needs --gateways=2 or more/)
  assert.match(problems('scale', '--profile=base:30s@10').join(), /scale needs a hold/)
  assert.match(problems('kill-persister', '--backend=sqlite', '--runtime=native').join(), /sqlite has no such part/)
  assert.match(
    problems('kill-gateway', '--profile=warm-up:2s@10,hold:2s@10').join(),
    /kill-gateway: the profile is over/,
  )
})

test('the list says of every drill what it does, needs and judges, and where it is not offered', async () => {
  const { io, out } = recordedIo()
  assert.equal(await drillCommand(['list'], io as unknown as Io), 0)
  for (const { name, title } of Object.values(drills)) assert.ok(out().includes(`${name}\n  ${title}.`), name)
  assert.match(out(), /scale\n(.*\n)*? {2}does +gateways scaled to 5, 3 s into the hold\n +gateways scaled to 2, 25 s/)
  assert.match(out(), /kill-edge\n(.*\n)*? {2}needs +--runtime=swarm .*; not offered by the others: clients reach/)
  assert.match(out(), /kill-gateway\n(.*\n)*? {2}needs +any --runtime \(default swarm\)\n/)
  assert.match(out(), /kill-persister\n(.*\n)*? +a backend with a log: all but sqlite\n/)
  assert.match(out(), /judges .*reconnect:p95=5s, resume:p95=8s, drain:max=10s, the ledger's counters: all 0/)
})

test('what the runtime cannot do is refused with exit code 2, and help is given with 0', async () => {
  const refused = recordedIo()
  assert.equal(await drillCommand(['rolling-update', '--runtime=native'], refused.io as unknown as Io), 2)
  assert.match(refused.err(), /^Nothing was started:\n {2}rolling-update: not offered by --runtime=native/)
  const help = recordedIo()
  assert.equal(await drillCommand(['--help'], help.io as unknown as Io), 0)
  for (const name of Object.keys(drills)) assert.ok(help.out().includes(`\n  ${name} `), name)
})

describe('faults and operations', () => {
  test('are written as they are read', () => {
    for (const text of ['kill-gateway@20s+2s', 'scale-gateways:5@3s+0.5s', 'rolling-update@1.5s+1s']) {
      const fault = parseFault(text)
      assert.ok(typeof fault === 'object', text)
      assert.equal(formatFault(fault), text)
    }
  })

  test('a number stands where there is something to count, and only there', () => {
    assert.match(String(parseFault('kill-gateway:3@20s')), /kill-gateway takes no number/)
    for (const text of ['scale-gateways@20s', 'scale-gateways:0@20s', 'scale-gateways:17@20s'])
      assert.match(String(parseFault(text)), /say how many gateways, from 1 to 16, e\.g\. scale-gateways:5@20s/)
  })

  const offering = (runtime: Runtime, backend: EditionName) =>
    ({ runtime, backend, fanout: 'redis', cache: 'none' }) as const

  const swarmOnly = ['kill-edge', 'rolling-update', 'scale-gateways', 'kill-node', 'cut-node', 'leave-node']

  test('each is offered by Swarm, and said of the others why not', () => {
    for (const kind of faultKinds) {
      assert.equal(notOffered(kind, offering('swarm', 'mysql')), null)
      for (const runtime of runtimes.filter((one) => one !== 'swarm')) {
        const why = notOffered(kind, offering(runtime, 'mysql'))
        assert.equal(why !== null, swarmOnly.includes(kind), kind)
        if (why !== null) assert.match(why, new RegExp(`^not offered by --runtime=${runtime}: \\w+.*\\w$`))
      }
    }
    const withoutLog = (Object.keys(editions) as EditionName[]).filter(
      (backend) => notOffered('kill-persister', offering('native', backend)) !== null,
    )
    assert.deepEqual(withoutLog, ['sqlite'])
    assert.match(String(notOffered('kill-redis', { ...offering('swarm', 'mysql'), fanout: 'kafka' })), /has no Redis/)
  })
})
