import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { flagHelp } from '../../../lab/run/flags.ts'
import { resolveRun } from '../../../lab/run/options.ts'
import { runFlags } from '../../../lab/run/runFlags.ts'
import { definitions } from '../../../scenarios/definitions/index.ts'
import { editions } from '../../../system/editions/index.ts'

const spike = definitions.spike!
const run = (...args: string[]) => {
  const command = resolveRun(spike, args)
  assert.equal(command.kind, 'run', JSON.stringify(command))
  return (command as Extract<typeof command, { kind: 'run' }>).run
}
const problems = (...args: string[]) => {
  const command = resolveRun(spike, args)
  assert.equal(command.kind, 'problems')
  return (command as Extract<typeof command, { kind: 'problems' }>).problems
}

test('without options it is the spike of the issue', () => {
  const { users, roomSize, bodyBytes, backend, profile, seed, slos } = run()
  assert.deepEqual([users, roomSize, bodyBytes, backend, seed], [1_000, 5, 200, 'sqlite', 1])
  const shape = profile
    .filter((segment) => segment.phase !== 'warm-up')
    .map(({ phase, durationMs, fromRate, toRate }) => `${phase} ${durationMs / 1_000}s ${fromRate}-${toRate}`)
  assert.deepEqual(shape, [
    'base 15s 100-100',
    'rise 5s 100-5000',
    'hold 60s 5000-5000',
    'fall 5s 5000-100',
    'recovery 20s 100-100',
  ])
  assert.deepEqual(
    slos.filter((slo) => slo.unit !== 'count').map((slo) => slo.id),
    ['p99=1s', 'errors=0.1%', 'indeterminate=0.1%'],
  )
  assert.equal(slos.filter((slo) => slo.metric.startsWith('ledger:')).length, 8)
})

test('a history is asked for, checked and shown', () => {
  assert.equal(run().history, 0)
  const resolved = run('--history=100000')
  assert.equal(resolved.history, 100_000)
  assert.deepEqual(
    resolved.config.find(({ name }) => name === 'history'),
    { name: 'history', value: '100000', default: '0', changed: true },
  )
  assert.match(problems('--history=1e6').join(), /--history=1e6 cannot be used: give a whole number from 0 to 5000000/)
})

test('a run is observed unless somebody says no', () => {
  assert.equal(run().observe, true)
  assert.equal(run('--observe=off').observe, false)
  assert.match(problems('--observe=of').join(), /--observe=of is unknown.*off/)
})

test('rates and times with units; the bounds of goodput and of the verdict are one', () => {
  const resolved = run('--to=10000/s', '--room-size=2', '--hold', '2m', '--slo=p99=250ms', '--from=50')
  const hold = resolved.profile.find((segment) => segment.phase === 'hold')!
  assert.deepEqual([hold.durationMs, hold.fromRate], [120_000, 10_000])
  assert.equal(resolved.goodputBoundUs, 250_000)
  assert.deepEqual(
    resolved.slos.filter((slo) => slo.metric === 'delivery').map((slo) => slo.id),
    ['p99=250ms'],
  )
})

test('a whole profile, its faults and the knobs of the edition', () => {
  const resolved = run(
    '--profile=base:5s@100,rise:5s@100-500,hold:10s@500',
    '--backend=mongo',
    '--fault=kill-kafka@8s+5s',
    '--fault=kill-persister@12s',
    '--knob=lingerMs=25',
  )
  assert.deepEqual(resolved.profile[1], { phase: 'rise', durationMs: 5_000, fromRate: 100, toRate: 500 })
  assert.deepEqual(resolved.faults, [
    { kind: 'kill-kafka', atMs: 8_000, forMs: 5_000 },
    { kind: 'kill-persister', atMs: 12_000, forMs: 2_000 },
  ])
  const linger = resolved.config.find((row) => row.name === 'knob lingerMs')
  assert.deepEqual(
    [linger?.value, linger?.default, linger?.changed],
    ['25', String(editions.mongo.knobs.lingerMs), true],
  )
  assert.deepEqual(resolved.config.find((row) => row.name === 'knob sendsPerSecond')?.value, '0')
})

describe('what is wrong is told, all of it at once', () => {
  test('unknown names with the nearest one', () => {
    const [flag, backend, fault] = problems('--backnd=mongo', '--backend=mongodb', '--fault=kill-kafak@3s')
    assert.match(flag!, /--backnd is not a known option: did you mean --backend\?/)
    assert.match(
      backend!,
      /--backend=mongodb is unknown; there are sqlite, mongo, mysql, postgres, cassandra: did you mean mongo\?/,
    )
    assert.match(fault!, /there is no fault "kill-kafak"/)
  })

  const wrong: readonly (readonly [string[], RegExp])[] = [
    [['--hold=90'], /--hold=90 cannot be used: give a time with its unit/],
    [['--hold=1500ms'], /holdMs is 1500; it must be whole seconds/],
    [['--to=fast'], /--to=fast cannot be used: give messages a second/],
    [['--to=-5'], /--to/],
    [['--users=12', '--room-size=20'], /roomSize 20 is more than the 12 users/],
    [['--users=1001'], /1001 do not fill rooms of 5/],
    [['--users=99999', '--room-size=1'], /more than 65535 rooms/],
    [['--profile=hold:5s@0'], /the profile asks for no message/],
    [['--profile=hold:5s@10,base:5s@10,hold:5s@10'], /the phase hold comes back/],
    [['--profile=spike:5s@10'], /names no phase/],
    [['--profile=hold:5s@10', '--to=7'], /--profile says it all: leave out --to/],
    [['--hold=24h', '--to=1000000'], /messages; one generator keeps a ledger of at most/],
    [['--slo=p99=fast'], /SLO "p99=fast"/],
    [['--fault=kill-kafka@3s'], /the backend sqlite has no such part/],
    [['--runtime=swarm'], /--runtime=swarm takes --backend=mongo\|mysql\|postgres\|cassandra: sqlite/],
    [['--runtime=swram'], /did you mean swarm/],
    [['--runtime=swarm', '--backend=mysql', '--cores=generator=0'], /--cores cannot be had with --runtime=swarm/],
    [['--brokers=3', '--backend=mysql'], /--brokers=3 takes --runtime=swarm/],
    [['--fault=kill-redis@3s'], /this run has no Redis/],
    [['--backend=mysql', '--cores=relay=0'], /this run has no relay/],
    [['--fanout=redis'], /the backend sqlite can have memory/],
    [['--backend=mysql', '--fanout=memory'], /can have kafka, redis, redis-single/],
    [['--fanout=kafak'], /did you mean kafka/],
    [['--cache=memory'], /--cache=memory is unknown/],
    [['--fault=kill-gateway@900s'], /the profile is over at 118s/],
    [['--fault=kill-gateway'], /write it as <fault>@<seconds>s/],
    [['--knob=lingerMs=soon'], /give a whole number/],
    [['--knob=lingers=5'], /there is no knob "lingers".*did you mean lingerMs/],
    [['--reads=5'], /--reads needs something to read: give --history=200 or more/],
    [['--reads=201', '--history=200'], /more than the 200\/s/],
    [['--seed=x'], /--seed=x cannot be used/],
    [['--port=70000'], /from 0 to 65535/],
    [['--seed=1', '--seed=2'], /--seed is given twice/],
    [['--json=yes'], /--json takes no value/],
    [['--out='], /--out needs a value/],
    [['mongo'], /"mongo" is no option/],
  ]
  for (const [args, expected] of wrong)
    test(args.join(' '), () => {
      assert.ok(
        problems(...args).some((problem) => expected.test(problem)),
        problems(...args).join('\n'),
      )
    })

  test('six mistakes are six sentences', () => {
    assert.equal(problems('--a=1', '--to=x', '--hold=9', '--slo=q', '--seed=-1', '--backend=oracle').length, 6)
  })
})

test('resolving neither changes nor freezes what it was given', () => {
  const before = structuredClone({ ...spike, profile: null })
  const args = ['--to=200']
  const resolved = run(...args)
  assert.deepEqual({ ...spike, profile: null }, before)
  assert.deepEqual(args, ['--to=200'])
  assert.ok(!Object.isFrozen(spike.drain) && !Object.isFrozen(spike.slos))
  assert.ok(Object.isFrozen(resolved) && Object.isFrozen(resolved.profile) && Object.isFrozen(resolved.slos[0]))
})

test('the command does not tell where on this machine the run folder was', () => {
  for (const out of [['--out=/home/eve/runs'], ['--out', '/home/eve/runs'], ['--out=results']])
    assert.equal(run(...out, '--to=200').command, 'npm run spike -- --to=200')
})

test('the command repeats the run, quoted for a shell', () => {
  assert.equal(run().command, 'npm run spike')
  assert.equal(run("--label=it's $5", '--to=200', '--json').command, "npm run spike -- '--label=it'\\''s $5' --to=200")
})

test('the help lists every option exactly once', () => {
  const lines = flagHelp(runFlags).split('\n')
  assert.deepEqual(
    lines.map((line) => /^ {2}--([a-z-]+)/.exec(line)?.[1]),
    Object.keys(runFlags),
  )
})
