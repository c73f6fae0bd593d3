import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Arm, standingOf } from '../../../lab/compare/arms.ts'
import { decide, type PairDecision, usualRules } from '../../../lab/compare/decide.ts'
import type { Metric } from '../../../lab/compare/metrics.ts'
import { armOf, backlog, cpu, failed, goodput, invalid, latency } from '../../support/compare/arms.ts'

const rules = { ...usualRules, resamples: 1_000 }
const decisions = (arms: Arm[], metric: Metric = latency, part = {}) =>
  decide(arms, [metric], { ...rules, ...part }).decisions
const only = (arms: Arm[], metric: Metric = latency, part = {}): PairDecision => {
  const [first, ...more] = decisions(arms, metric, part)
  assert.deepEqual(more, [])
  return first!
}
const said = ({ decision, reason }: PairDecision) => [decision, reason]

const slow = [100, 104, 98, 110, 95]
const fast = [50, 52, 49, 55, 48]
const never = Number.POSITIVE_INFINITY
const times = (values: readonly number[], factor: number) => values.map((value) => value * factor)

describe('told apart', () => {
  test('half the latency is better, twice is worse, and ratios are arm / baseline', () => {
    const better = only([armOf('A', { latency: slow }), armOf('B', { latency: fast })])
    assert.deepEqual(said(better), ['better', 'apart'])
    assert.deepEqual([better.baseline, better.arm, better.ratio], ['A', 'B', 0.5])
    assert.deepEqual([better.medians.baseline, better.medians.arm], [100, 50])
    assert.equal(better.p?.toFixed(4), '0.0079')
    assert.ok(better.interval!.low! < 0.5 && better.interval!.high! > 0.5 && better.interval!.high! < 1)
    const worse = only([armOf('A', { latency: fast }), armOf('B', { latency: slow })])
    assert.deepEqual([...said(worse), worse.ratio], ['worse', 'apart', 2])
  })

  test('where higher is better the same figures say the opposite', () => {
    const arms = [armOf('A', { goodput: slow }), armOf('B', { goodput: fast })]
    assert.equal(only(arms, goodput).decision, 'worse')
  })

  test('zero against something is told without a ratio', () => {
    const none = only([armOf('A', { backlog: slow }), armOf('B', { backlog: [0, 0, 0, 0, 0] })], backlog)
    assert.deepEqual([none.decision, none.ratio], ['better', 0])
    const some = only([armOf('A', { backlog: [0, 0, 0, 0, 0] }), armOf('B', { backlog: slow })], backlog)
    assert.deepEqual([some.decision, some.ratio, some.interval], ['worse', null, { low: null, high: null }])
  })

  test('what was never reached is beyond everything that was', () => {
    const pair = only([armOf('A', { latency: fast }), armOf('B', { latency: [never, never, 90, never, never] })])
    assert.deepEqual([pair.decision, pair.medians.arm, pair.ratio], ['worse', null, null])
  })
})

test('what neither arm reached is decided by nobody, has no ratio, and makes no floor', () => {
  const none = [never, never, 90, never, never]
  const again = armOf('A again', { latency: none }, {}, 'A')
  const pair = only([armOf('A', { latency: none }), again, armOf('B', { latency: none })])
  assert.deepEqual(said(pair), ['not decided', 'no-figure'])
  assert.match(pair.obstacle, /most runs of both arms had not reached it/)
  assert.deepEqual([pair.ratio, pair.interval, pair.floor], [null, null, null])
  const empty = only([armOf('A', { latency: [] }), armOf('B', { latency: [] })])
  assert.equal(empty.ratio, null)
})

describe('equivalent', () => {
  test('within delta, also when the difference is certain', () => {
    const arms = [
      armOf('A', { latency: [100, 101, 102, 103, 104] }),
      armOf('B', { latency: [105, 106, 107, 108, 109] }),
    ]
    assert.deepEqual(said(only(arms)), ['equivalent', 'within-delta'])
    assert.deepEqual(said(only(arms, latency, { delta: 1.02 })), ['worse', 'apart'])
  })

  test('identical values, and zeros everywhere', () => {
    for (const values of [
      [7, 7, 7, 7, 7],
      [0, 0, 0, 0, 0],
    ]) {
      const pair = only([armOf('A', { latency: values }), armOf('B', { latency: values })])
      assert.deepEqual([pair.decision, pair.ratio, pair.p], ['equivalent', 1, 1])
    }
  })
})

describe('cannot tell', () => {
  test('an interval that includes 1, with the runs that would tell', () => {
    const noisy = [100, 140, 80, 120, 90]
    const pair = only([armOf('A', { latency: noisy }), armOf('B', { latency: times(noisy, 1.1) })], latency, {
      delta: 1.5,
    })
    assert.deepEqual(said(pair), ['cannot tell', 'interval'])
    assert.ok(pair.runsThatWouldTell! > 5, `${pair.runsThatWouldTell} runs`)
  })

  test('nobody knows how many runs where the spread is unknown', () => {
    const pair = only([armOf('A', { backlog: [0, 0, 3, 0, 9] }), armOf('B', { backlog: [0, 1, 5, 0, 2] })], backlog)
    assert.deepEqual([pair.decision, pair.runsThatWouldTell], ['cannot tell', null])
  })

  test('not beyond what the same arm differs from itself', () => {
    const arms = [armOf('A', { latency: slow }), armOf('B', { latency: times(slow, 1.3) })]
    assert.deepEqual(said(only(arms)), ['worse', 'apart'])
    const again = armOf('A again', { latency: times(slow, 1.25) }, {}, 'A')
    const pair = only([...arms, again])
    assert.deepEqual(said(pair), ['cannot tell', 'floor'])
    assert.equal(pair.floor?.ratio, 1.25)
  })

  test('a family so large that no outcome could decide', () => {
    const arms = [1, 2, 4, 8, 16].map((factor) => armOf(`arm ${factor}`, { latency: times(slow, factor) }))
    const pairs = decisions(arms)
    assert.equal(pairs.length, 10)
    for (const pair of pairs) assert.deepEqual([...said(pair), pair.family], ['cannot tell', 'design', 10])
  })

  test('p too large after Holm though the interval excludes 1', () => {
    const arms = [
      armOf('A', { latency: [100, 101, 102, 103, 116.5] }),
      armOf('B', { latency: [115, 116, 117, 118, 119] }),
      armOf('C', { latency: [100.5, 118.2, 102.5, 117.2, 110] }),
    ]
    const [pair] = decisions(arms, latency, { delta: 1.05 })
    assert.deepEqual(
      [...said(pair!), pair!.p?.toFixed(4), pair!.holmP?.toFixed(4)],
      ['cannot tell', 'p', '0.0317', '0.0952'],
    )
  })
})

describe('Holm goes over the pairs of one metric', () => {
  test('three arms: each p is adjusted within its metric, and a second metric costs nothing', () => {
    const arms = [1, 2, 4].map((factor) => armOf(`${factor}`, { latency: times(slow, factor), goodput: slow }))
    const pairs = decide(arms, [latency, goodput], rules).decisions
    assert.deepEqual(
      pairs.map(({ metric, family }) => [metric, family]),
      [...Array(3).fill(['latency', 3]), ...Array(3).fill(['goodput', 3])],
    )
    for (const pair of pairs.slice(0, 3)) assert.deepEqual([pair.decision, pair.holmP?.toFixed(4)], ['worse', '0.0238'])
  })

  test('a pair that cannot be tested is not in the family', () => {
    const arms = [armOf('A', { latency: slow }), armOf('B', { latency: fast }), armOf('C', { latency: [1, 2] })]
    assert.deepEqual(
      decisions(arms).map(({ decision, family }) => [decision, family]),
      [
        ['better', 1],
        ['not decided', 0],
        ['not decided', 0],
      ],
    )
  })
})

describe('not decided', () => {
  test('four runs a side, however far apart; the medians are still told', () => {
    const pair = only([armOf('A', { latency: slow.slice(1) }), armOf('B', { latency: fast })])
    assert.deepEqual(said(pair), ['not decided', 'too-few-runs'])
    assert.deepEqual([pair.p, pair.interval, pair.medians.arm], [null, null, 50])
    assert.match(pair.obstacle, /5 valid runs a side are needed, A has 4/)
  })

  test('invalid runs are left out and listed, their figures touch nothing', () => {
    const arms = [armOf('A', { latency: [...slow, 9_999] }, { 5: invalid }), armOf('B', { latency: fast })]
    assert.equal(only(arms).medians.baseline, 100)
    assert.deepEqual(standingOf(arms[0]!).excluded, [{ run: 'A-5', outcome: 'INVALID', why: 'the generator was late' }])
    const short = only([armOf('A', { latency: slow }, { 2: invalid }), armOf('B', { latency: fast })])
    assert.match(short.obstacle, /A has 4 \(1 left out: INVALID\)/)
  })

  test('failed runs count for latency; their cost is not told beside an arm that met the SLO', () => {
    const values = { latency: slow, CPU: slow }
    const arms = [armOf('A', values, { 1: failed }), armOf('B', { latency: fast, CPU: fast })]
    assert.equal(only(arms).decision, 'better')
    const cost = only(arms, cpu)
    assert.deepEqual([...said(cost), cost.ratio, cost.medians.arm], ['not decided', 'slo-missed', null, null])
    assert.match(cost.obstacle, /A missed p99 delivery \(hold\) in 1 of 5 runs/)
  })

  test('a figure that one arm does not have, and an arm without any valid run', () => {
    const half = only([armOf('A', { latency: slow }), armOf('B', { latency: [1, null, 2, null, 3] })])
    assert.deepEqual(
      [...said(half), half.obstacle],
      ['not decided', 'no-figure', 'only 3 of 5 runs of B have this figure'],
    )
    const dead = only([armOf('A', { latency: slow }), armOf('B', { latency: [1, 2] }, { 0: invalid, 1: invalid })])
    assert.deepEqual([...said(dead), dead.medians.arm, dead.ratio], ['not decided', 'too-few-runs', null, null])
  })
})

test('the same runs and seed give the same decisions, whatever else is compared', () => {
  const arms = [armOf('A', { latency: slow, goodput: slow }), armOf('B', { latency: fast, goodput: fast })]
  const alone = decide(arms, [latency], rules).decisions
  assert.deepEqual(decide(arms, [goodput, latency], rules).decisions.slice(1), alone)
})

test('an A/A arm is in no pair, and without one there is no floor', () => {
  const again = armOf('A again', { latency: times(slow, 1.01) }, {}, 'A')
  const arms = [armOf('A', { latency: slow }), again, armOf('B', { latency: fast })]
  assert.deepEqual([only(arms).arm, only(arms).floor?.ratio], ['B', 1.01])
  assert.equal(only([arms[0]!, arms[2]!]).floor, null)
})

test('every decision survives JSON', () => {
  const arms = [armOf('A', { latency: [0, 0, 0, 0, never] }), armOf('B', { latency: [never, never, never, 1, 2] })]
  const comparison = decide(arms, [latency], rules)
  assert.deepEqual(JSON.parse(JSON.stringify(comparison)), comparison)
})
