import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fairness } from '../../../lab/compare/factors.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { buildResult } from '../../support/results/build.ts'
import { samples } from '../../support/results/samples.ts'

const like = (change: (result: Result) => void = () => {}): Result => {
  const result = structuredClone(buildResult())
  change(result)
  return result
}
const option = (name: string, value: string) => (result: Result) => {
  const row = result.config.find((candidate) => candidate.name === name)
  if (row === undefined) result.config.push({ name, value, default: '', changed: true })
  else row.value = value
}
const backend = (name: string) => (result: Result) => {
  option('backend', name)(result)
  const store = result.target.engines.find(({ role }) => role === 'store')!
  Object.assign(store.engine, { product: name, version: '9.9' })
  Object.assign(result.target, { backend: name, edition: name, title: `${name}@1`, schemaVersion: 1 })
  result.environment.versions = { ...result.environment.versions, store: `${name} 9.9` }
}
const arms = (...changes: ((result: Result) => void)[]) =>
  changes.map((change, i) => ({ name: 'ABC'[i]!, results: [like(change), like(change)] }))
const facts = (list: readonly { fact: string }[]) => list.map(({ fact }) => fact)

test('another store, and what follows from it, is nothing to refuse', () => {
  const report = fairness(arms(backend('mysql'), backend('cassandra')), 'backend')
  assert.equal(report.factorDiffers, true)
  assert.deepEqual(report.refused, [])
  assert.deepEqual(facts(report.differences.filter(({ kind }) => kind === 'factor')), ['config/backend'])
  assert.ok(facts(report.differences).includes('target/engines/store/product'))
})

test('Redis as fan-out or cache, with the relay and the engine it brings, is nothing to refuse', () => {
  const role = (name: 'fanout' | 'cache') => (result: Result) => {
    option(name, 'redis')(result)
    const engine = { product: 'Valkey', version: '9.1.2', compatibleWith: 'Redis 7.2.4', details: 'standalone' }
    result.target.engines.push({ role: name, origin: 'provisioned', engine, durability: 'none' })
    result.target.compatibleFlags.push('Compatible with Redis 7.2.4, is Valkey 9.1.2.')
    result.environment.versions = { ...result.environment.versions, [name]: 'Valkey 9.1.2' }
    const [some] = result.resources.components
    const memory = [{ what: 'maxmemory', bytes: 2 ** 28 }]
    result.resources.components.push({ ...some!, name: 'redis', title: 'Valkey 9.1.2', memory })
    if (name !== 'fanout') return
    result.target.fanout = 'redis'
    result.target.processes.push('relay')
    result.resources.components.push({ ...some!, name: 'relay', title: 'relay' })
  }
  for (const name of ['fanout', 'cache'] as const) {
    const { refused, factorDiffers } = fairness(arms(option(name, 'other'), role(name)), name)
    assert.deepEqual([facts(refused), factorDiffers], [[], true])
    const both = (result: Result) => {
      role(name)(result)
      result.target.pipeline = 'other'
    }
    assert.deepEqual(facts(fairness(arms(option(name, 'other'), both), name).refused), ['target/pipeline'])
  }
})

const componentOf = (result: Result, wanted: string) => result.resources.components.find(({ name }) => name === wanted)!
const strangers: readonly [fact: string, change: (result: Result) => void][] = [
  ['config/profile', option('profile', 'hold:1s@1-1')],
  ['config/slo', option('slo', 'p99=9s')],
  ['config/knob lingerMs', option('knob lingerMs', '77')],
  ['environment/kernel', (result) => (result.environment.kernel = 'Linux 1')],
  [
    'environment/versions/node',
    (result) => (result.environment.versions = { ...result.environment.versions, node: '1' }),
  ],
  ['target/pipeline', (result) => (result.target.pipeline = 'other')],
  ['target/engines/store/durability', (result) => (result.target.engines[0]!.durability = 'none')],
  ['target/engines/store/origin', (result) => (result.target.engines[0]!.origin = 'given')],
  ['run/commit', (result) => (result.run.commit = 'abc')],
  ['workload/languages', (result) => (result.workload.languages = ['tlh'])],
  ['environment/allowedCores', (result) => (result.environment.allowedCores = '0-7')],
  ['components/generator/cores', (result) => (componentOf(result, 'generator').cores = '1')],
  ['components/kafka/memory', (result) => (componentOf(result, 'kafka').memory = [{ what: 'heap', bytes: 2 ** 30 }])],
]

test('everything else that differs is refused by name, or listed when it is allowed', () => {
  for (const [fact, change] of strangers) {
    const pair = arms(backend('mysql'), (result) => {
      backend('cassandra')(result)
      change(result)
    })
    const { refused } = fairness(pair, 'backend')
    assert.deepEqual(facts(refused), [fact])
    const allowed = fairness(pair, 'backend', [fact])
    assert.deepEqual([allowed.refused, allowed.needless], [[], []])
    assert.ok(facts(allowed.differences).includes(fact))
  }
})

test('a difference says what each arm has, absent facts too', () => {
  const { refused } = fairness(
    arms(option('knob pool', '4'), () => {}),
    'backend',
  )
  assert.deepEqual(refused[0]?.values, [
    { arm: 'A', found: ['4'] },
    { arm: 'B', found: ['absent'] },
  ])
})

test('any option or fact can be the factor; its shape follows', () => {
  assert.deepEqual(fairness(arms(option('gateways', '1'), option('gateways', '2')), 'gateways').refused, [])
  const brokers = (count: string) => (result: Result) => {
    option('brokers', count)(result)
    result.target.engines[1]!.engine.details = `${count} broker(s)`
    componentOf(result, 'kafka').memory = [{ what: count === '1' ? 'container' : 'each container', bytes: 2 ** 30 }]
  }
  const counted = fairness(arms(brokers('1'), brokers('3')), 'brokers')
  assert.deepEqual([counted.factorDiffers, counted.refused, counted.differences.length], [true, [], 3])
  const longer = (ms: string) => (result: Result) => {
    option('holdMs', ms)(result)
    option('profile', `hold:${ms}`)(result)
  }
  assert.deepEqual(fairness(arms(longer('1'), longer('2')), 'holdMs').refused, [])
  const commit = (name: string) => (result: Result) => {
    result.run.commit = name
  }
  assert.deepEqual(fairness(arms(commit('a'), commit('b')), 'run/commit').refused, [])
})

test('a factor that does not differ, and an allowance that nobody needs, are said', () => {
  const report = fairness(arms(backend('mysql'), backend('mysql')), 'backend', ['gateways', 'environment/kernel'])
  assert.deepEqual([report.factorDiffers, report.differences], [false, []])
  assert.deepEqual(report.needless, ['config/gateways', 'environment/kernel'])
})

test('runs of one arm must be alike, even in the factor; only seeds may vary', () => {
  const mixed = [
    { name: 'A', results: [like(backend('mysql')), like(backend('mongo'))] },
    { name: 'B', results: [like(backend('cassandra'))] },
  ]
  const within = fairness(mixed, 'backend').refused.filter(({ withinArm }) => withinArm)
  assert.ok(facts(within).includes('config/backend'))
  const seeded = (name: string, ...seeds: string[]) => ({
    name,
    results: seeds.map((seed) => like(option('seed', seed))),
  })
  assert.deepEqual(fairness([seeded('A', '1', '2'), seeded('B', '1', '3')], 'backend').refused, [])
})

const refusedFor = (change: (result: Result) => void, factor = 'run/commit') =>
  facts(
    fairness(
      arms(() => {}, change),
      factor,
    ).refused,
  )

test('an engine that is not ours is neither measured nor pinned, and both are said', () => {
  const given = (result: Result) =>
    Object.assign(componentOf(result, 'kafka'), { measured: false, cores: null, memory: [] })
  assert.deepEqual(refusedFor(given).sort(), ['components/kafka', 'components/kafka/cores', 'components/kafka/memory'])
})

test('roles are compared, not processes; together they must have the same cores', () => {
  const merged = (cores: string) => (result: Result) => {
    const { components } = result.resources
    const gateway = { ...componentOf(result, 'gateway'), name: 'gateway+persister', cores }
    result.resources.components = [
      ...components.filter(({ name }) => name !== 'gateway' && name !== 'persister'),
      gateway,
    ]
  }
  assert.deepEqual(refusedFor(merged('0-1')), [])
  const numbered = (result: Result) => {
    componentOf(result, 'gateway').name = 'gateway-1'
    result.resources.components.push({ ...componentOf(result, 'gateway-1'), name: 'gateway-2' })
  }
  assert.deepEqual(refusedFor(numbered), [])
  const narrow = (result: Result) => {
    for (const component of result.resources.components) if (component.name !== 'generator') component.cores = '0'
  }
  assert.ok(refusedFor(narrow).includes('target/cores'))
  const moved = (result: Result) => {
    componentOf(result, 'gateway').cores = '0 and 0-1'
  }
  assert.deepEqual(refusedFor(moved), ['components/gateway/cores'])
})

test('core sets can be what is compared: what was read follows from what was asked for', () => {
  const pinned = (result: Result) => {
    option('cores', 'system=0 *=0-1')(result)
    for (const component of result.resources.components) component.cores = '0'
  }
  assert.deepEqual(refusedFor(pinned, 'cores'), [])
  assert.ok(refusedFor(pinned).includes('config/cores'))
})

test('an arm without a run differs in nothing, and an empty list is no missing run', () => {
  const result = samples.pass()
  const flagged = structuredClone(result)
  flagged.target.compatibleFlags = ['compatible']
  result.target.compatibleFlags = []
  const runs = (name: string, results: readonly Result[]) => ({ name, results })
  assert.deepEqual(fairness([runs('a', [result]), runs('b', [])], 'backend').differences, [])
  const [difference] = fairness([runs('a', [result]), runs('b', [flagged])], 'backend').differences
  assert.deepEqual(
    difference?.values.map(({ found }) => found),
    [['none'], ['compatible']],
  )
})
