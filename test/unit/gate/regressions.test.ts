import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseLimits } from '../../../lab/gate/limits.ts'
import { floorFor, noiseAround } from '../../../lab/gate/noise.ts'
import { weigh } from '../../../lab/gate/regressions.ts'
import { rejudge } from '../../../lab/gate/rejudge.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { noiseLike, runOf, runsWith } from '../../support/gate/runs.ts'
import { noAcksResult } from '../../support/results/samples.ts'

const limit = (text: string) => parseLimits([text]).limits[0]!
const base = [200_000, 202_000, 198_000, 201_000, 199_000]
const times = (ratio: number) => base.map((us) => Math.round(us * ratio))
const weighed = (text: string, before: readonly Result[], after: readonly Result[]) =>
  weigh(limit(text), { baseline: before, candidate: after }, null)
const withRuns = (text: string, before: readonly number[], after: readonly number[]) =>
  weighed(text, runsWith('old', before), runsWith('new', after))

describe('five runs a side decide by the interval of their ratio', () => {
  const answers = [
    ['far beyond the limit', times(1.5), 'beyond'],
    ['far within it', times(1.05), 'within'],
    ['better than before', times(0.5), 'within'],
    ['about at it', times(1.15), 'cannot tell'],
    [
      'beyond it in the median, but scattered on both sides',
      [150_000, 160_000, 260_000, 300_000, 320_000],
      'cannot tell',
    ],
  ] as const
  for (const [name, after, answer] of answers)
    test(name, () => {
      const found = withRuns('hold:p99=1.15x', base, after)
      assert.deepEqual([found.answer, found.noise], [answer, 'runs'])
      assert.ok(found.interval!.low! <= found.ratio! && found.ratio! <= found.interval!.high!)
    })

  test('the limit itself is accepted', () => {
    const same = Array(5).fill(200_000)
    assert.equal(withRuns('hold:p99=1x', same, same).answer, 'within')
    assert.equal(withRuns('hold:p99=1x', same, Array(5).fill(200_001)).answer, 'beyond')
  })

  test('the worst measured phase counts where none is named', () => {
    assert.equal(withRuns('p99=1.15x', base, times(1.5)).answer, 'beyond')
    assert.equal(withRuns('base:p99=1.15x', base, times(1.5)).answer, 'within')
  })

  test('four runs a side decide nothing, and the reason says what would', () => {
    const found = withRuns('hold:p99=1.15x', base.slice(1), times(9).slice(1))
    assert.deepEqual([found.answer, found.interval, found.runs], ['cannot tell', null, { baseline: 4, candidate: 4 }])
    assert.match(found.why, /^9x is beyond the limit of 1\.15x in 4 runs a side, .*5 runs a side.*--noise/)
  })

  test('one run a side: beyond or within, nobody can tell', () => {
    const beyond = withRuns('hold:p99=1.15x', [200_000], [400_000])
    assert.equal(beyond.answer, 'cannot tell')
    assert.match(beyond.why, /^2x is beyond the limit of 1\.15x in one run a side/)
    const within = withRuns('hold:p99=1.15x', [200_000], [200_000])
    assert.equal(within.answer, 'cannot tell')
    assert.match(within.why, /^1x is within the limit/)
  })
})

describe('with fewer runs the A/A floor of a comparison is the noise', () => {
  const floors = { 'delivery/p99/hold': 1.1, 'cpu/system': 1.02 }
  const noise = noiseLike(runOf('old'), floors)
  const one = (ratio: number, runs = 1) =>
    weigh(
      limit('hold:p99=1.5x'),
      { baseline: runsWith('old', base.slice(0, runs)), candidate: runsWith('new', times(ratio).slice(0, runs)) },
      noise,
    )

  test('it is widened by the root of the runs that it had more', () => {
    // 1.1 ** sqrt(5) = 1.2375: 1.5 / 1.2375 = 1.2121 and 1.5 * 1.2375 = 1.8563.
    assert.deepEqual([one(1.21).answer, one(1.22).answer], ['within', 'cannot tell'])
    assert.deepEqual([one(1.85).answer, one(1.86).answer], ['cannot tell', 'beyond'])
    // 1.1 ** sqrt(5 / 4) = 1.1124: 1.5 / 1.1124 = 1.3484.
    assert.deepEqual([one(1.34, 4).answer, one(1.36, 4).answer], ['within', 'cannot tell'])
    const floor = floorFor(limit('hold:p99=1.5x'), noise, [])
    assert.equal(floor, null)
    assert.deepEqual(noiseAround(2, { interval: { low: 0.5, high: 2 }, runs: 5 }, 20), { low: 1, high: 4 })
  })

  test('the worst of the phases needs a floor of each and takes the widest', () => {
    const { phases } = runOf('old')
    assert.equal(floorFor(limit('p99=2x'), noise, phases), null)
    const measured = phases.filter((phase) => phase.measured).map(({ name }) => name)
    const each = Object.fromEntries(measured.map((name, index) => [`delivery/p99/${name}`, 1.1 + index / 10]))
    assert.equal(floorFor(limit('p99=2x'), noiseLike(runOf('old'), each), phases)?.interval.high, 1.5)
  })

  test('a figure without a floor is not told', () => {
    for (const text of ['errors=2x', 'hold:max=2x', 'hold:p50=2x', 'hold:ack:p99=2x'])
      assert.equal(weigh(limit(text), { baseline: [runOf('old')], candidate: [runOf('new')] }, noise).noise, null)
    assert.equal(
      weigh(limit('cpu=2x'), { baseline: [runOf('old')], candidate: [runOf('new')] }, noise).answer,
      'within',
    )
  })

  test('enough runs need no floor', () => {
    assert.equal(one(1.4, 5).noise, 'runs')
  })
})

test('CPU is that of the system, without the generator', () => {
  const spending = (ratio: number, isMeant: (name: string) => boolean) =>
    base.map((_, index) =>
      runOf(`x${ratio}-${index}`, ({ resources }) => {
        for (const part of resources.components) if (isMeant(part.name)) part.cpuSeconds! *= ratio
      }),
    )
  const before = spending(1, () => true)
  assert.equal(
    weighed(
      'cpu=1.2x',
      before,
      spending(9, (name) => name === 'generator'),
    ).ratio,
    1,
  )
  assert.equal(
    weighed(
      'cpu=1.2x',
      before,
      spending(1.3, (name) => name !== 'generator'),
    ).answer,
    'beyond',
  )
})

describe('what has no figure is never within', () => {
  test('a figure that one run lacks', () => {
    const unmeasured = runOf('new-5', (result) => {
      result.resources.components[1]!.measured = false
    })
    const runs = (name: string) => base.slice(1).map((_, index) => runOf(`${name}-${index}`))
    const found = weighed('cpu=9x', [...runs('old'), runOf('old-5')], [...runs('new'), unmeasured])
    assert.deepEqual([found.answer, found.why], ['cannot tell', '1 of 5 candidate runs have no such figure'])
  })

  test('no answer at all is slower than any bound', () => {
    const silent = () => rejudge(noAcksResult(), [])
    const found = weighed('hold:p99=2x', runsWith('old', base), base.map(silent))
    assert.deepEqual([found.answer, found.medians.candidate, found.ratio], ['beyond', null, null])
  })

  test('costs at unequal SLO', () => {
    const failing = runOf('new-1', (result) => {
      result.verdict.outcome = 'FAIL'
    })
    assert.match(weighed('cpu=9x', [runOf('old-1')], [failing]).why, /equal SLO, which was missed by new-1/)
    assert.doesNotMatch(weighed('p99=9x', [runOf('old-1')], [failing]).why, /equal SLO/)
  })

  test('a few messages beyond it are said', () => {
    const thin = runOf('new-1', (result) => {
      result.phases.find(({ name }) => name === 'hold')!.delivery!.messages = 900
    })
    assert.match(weighed('hold:p99=2x', [runOf('old-1')], [thin]).why, /thin: in 1 of 1 candidate runs fewer than 10/)
  })
})

const badness = { within: 0, 'cannot tell': 1, beyond: 2 } as const
const p99 = fc.integer({ min: 100_000, max: 900_000 })

test('no answer gets better where no run of the candidate does', () => {
  const noise = noiseLike(runOf('old'), { 'delivery/p99/hold': 1.2 })
  // An even number of runs has the most medians, and a small step leaves luck the most room to undo it.
  const sides = fc.constantFrom(1, 6, 8).chain((n) => {
    const column = (values: fc.Arbitrary<number>) => fc.array(values, { minLength: n, maxLength: n })
    return fc.record({ before: column(p99), after: column(p99), worse: column(fc.constantFrom(0, 1, 300_000)) })
  })
  fc.assert(
    fc.property(sides, fc.integer({ min: 100, max: 300 }), ({ before, after, worse }, percent) => {
      const ask = (values: readonly number[]) =>
        weigh(
          limit(`hold:p99=${percent / 100}x`),
          { baseline: runsWith('old', before), candidate: runsWith('new', values) },
          noise,
        )
      const [first, second] = [ask(after), ask(after.map((us, i) => us + worse[i]!))]
      assert.ok(badness[second.answer] >= badness[first.answer], `${first.why}; ${second.why}`)
      assert.ok(second.interval!.low! >= first.interval!.low! && second.interval!.high! >= first.interval!.high!)
    }),
    { numRuns: 30 },
  )
})

test('a wider limit never makes a regression', () => {
  fc.assert(
    fc.property(fc.array(p99, { minLength: 5, maxLength: 5 }), fc.integer({ min: 100, max: 300 }), (after, percent) => {
      const ask = (hundredths: number) => badness[withRuns(`hold:p99=${hundredths / 100}x`, base, after).answer]
      assert.ok(ask(percent + 50) <= ask(percent))
    }),
    { numRuns: 15 },
  )
})
