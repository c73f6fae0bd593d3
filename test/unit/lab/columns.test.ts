import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { rejudge } from '../../../lab/gate/rejudge.ts'
import { columnWidth, cutColumns, edgesOf, runColumns } from '../../../lab/judge/columns.ts'
import { type Evidence, judge } from '../../../lab/judge/judge.ts'
import { secondsOf } from '../../../lab/judge/series.ts'
import { named } from '../../../lab/judge/slos.ts'
import { fitting } from '../../../lab/run/fit.ts'
import type { SeriesColumns } from '../../../reports/schema/result.ts'
import { serializeResult } from '../../../reports/schema/validate.ts'
import type { Segment } from '../../../scenarios/profiles.ts'
import { parseSlos } from '../../../scenarios/slos.ts'
import { evidenceOf } from '../../support/history.ts'
import { hourEvidence, hourResult, resultOf, stalledS } from '../../support/results/hour.ts'

const segment = (phase: Segment['phase'], seconds: number, rate = 10): Segment => ({
  phase,
  durationMs: seconds * 1_000,
  fromRate: rate,
  toRate: rate,
})

describe('columns', () => {
  const lengths = fc.integer({ min: 1, max: 40_000 })
  const edges = fc.array(fc.double({ min: 0, max: 40_000, noNaN: true }), { maxLength: 12 })

  test('hold every second once, in order, none wider than it says and none across an edge', () => {
    fc.assert(
      fc.property(lengths, edges, fc.nat({ max: 3 }), (endS, edgesS, doublings) => {
        const { widthS, list } = runColumns(endS, edgesS, doublings)
        let nextS = 0
        for (const { fromS, toS } of list) {
          assert.equal(fromS, nextS)
          assert.ok(toS > fromS && toS - fromS <= widthS)
          assert.ok(edgesS.every((edge) => Math.floor(edge) <= fromS || Math.floor(edge) >= toS))
          nextS = toS
        }
        assert.equal(nextS, endS)
      }),
      { numRuns: 60 },
    )
  })

  test('are the narrowest of 1, 2, 5, 10, 15, 30 and 60 s of which 600 are enough', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 35_000 }), edges, (endS, edgesS) => {
        const wanted = [1, 2, 5, 10, 15, 30, 60].find((widthS) => cutColumns(endS, edgesS, widthS).length <= 600)
        assert.equal(columnWidth(endS, edgesS, 600), wanted)
      }),
      { numRuns: 60 },
    )
    const widths = [600, 601, 1_201, 3_600].map((endS) => runColumns(endS, [], 0).widthS)
    assert.deepEqual(widths, [1, 2, 5, 10])
    assert.equal(runColumns(3_600, [], 1).widthS, 20)
  })
})

/** What columns say otherwise than the seconds they hold; reads the samples one by one. */
function columnFaults(series: SeriesColumns, evidence: Evidence): string[] {
  const seconds = secondsOf({ ...evidence, stoppedAfterS: null })
  const faults: string[] = []
  const expect = (name: keyof SeriesColumns, index: number, wanted: number | null) => {
    const found = (series[name] as (number | null)[])[index] ?? null
    if (found !== wanted) faults.push(`${name} of column ${index} is ${found}, not ${wanted}`)
  }
  series.s.forEach((fromS, index) => {
    const toS = series.s[index + 1] ?? seconds.s.length
    const own = (name: keyof SeriesColumns) =>
      (seconds[name] as (number | null)[]).slice(fromS, toS).filter((value) => value !== null)
    const top = (values: readonly number[]) => (values.length === 0 ? null : Math.max(...values))
    for (const [prefix, kind] of [
      ['delivery', 'delivery'],
      ['ack', 'ack'],
      ['service', 'deliveryService'],
      ['lateness', 'lateness'],
    ] as const) {
      const pairs = own('s').flatMap((second) => {
        const { values, counts } = evidence.latency.at(kind, second)
        return Array.from(values, (us, at) => ({ us, count: counts[at]! }))
      })
      pairs.sort((a, b) => a.us - b.us)
      const total = pairs.reduce((sum, { count }) => sum + count, 0)
      const at = (share: number) => {
        let seen = 0
        for (const { us, count } of pairs) {
          seen += count
          if (seen >= share * total - 1e-6) return us
        }
        return null
      }
      expect(`${prefix}P99`, index, at(0.99))
      expect(`${prefix}P99Worst`, index, top(own(`${prefix}P99`)))
      if (prefix === 'lateness') continue
      expect(`${prefix}P50`, index, at(0.5))
      expect(`${prefix}Max`, index, pairs.at(-1)?.us ?? null)
    }
    for (const gauge of ['backlog', 'connected'] as const) {
      const levels = own(gauge)
      expect(gauge, index, top(levels))
      expect(`${gauge}Min`, index, levels.length === 0 ? null : Math.min(...levels))
      expect(`${gauge}Last`, index, levels.at(-1) ?? null)
    }
    for (const count of ['offered', 'sent', 'acked', 'delivered', 'refused', 'goodput'] as const) {
      const counts = own(count)
      const rate = series[count][index]
      const sum = counts.reduce((total, value) => total + value, 0)
      if (counts.length === 0 ? rate !== null : Math.abs(rate! * counts.length - sum) > 0.05)
        faults.push(`${count} of column ${index} does not add up`)
    }
  })
  return faults
}

describe('an hour at thousands of messages a second', () => {
  const { series, heatmap, resources } = hourResult()

  test('has columns of ten seconds that say what its seconds said', () => {
    assert.deepEqual([series.widthS, series.s.length <= 600], [10, true])
    assert.deepEqual(columnFaults(series, hourEvidence()), [])
    for (const edge of edgesOf(hourResult().phases, hourEvidence().steps))
      if (edge < hourResult().run.durationS) assert.ok(series.s.includes(Math.floor(edge)), String(edge))
    serializeResult(hourResult())
  })

  test('the proof itself notices a worst second dropped, and a mean instead of the largest, of the quantile or of the least', () => {
    const worst = series.s.findLastIndex((from) => from <= stalledS)
    const mean = (values: readonly (number | null)[]) => values.map((value) => value && Math.round(value * 0.9))
    const p99 = series.deliveryP99Worst!
    const mutants: Partial<SeriesColumns>[] = [
      { deliveryP99Worst: p99.with(worst, series.deliveryP99[worst]!) },
      { deliveryMax: mean(series.deliveryMax) },
      { deliveryP99: mean(series.deliveryP99) },
      { backlog: mean(series.backlog) },
      { connectedMin: series.connected },
      { backlogLast: series.backlog },
      { acked: mean(series.acked) },
    ]
    for (const [index, mutant] of mutants.entries())
      assert.ok(columnFaults({ ...series, ...mutant }, hourEvidence()).length > 0, String(index))
  })

  test('the heat map counts every sample of the run once', () => {
    const counted = heatmap.columns.flatMap(([, , ...counts]) => counts).reduce((sum, count) => sum + count, 0)
    assert.equal(counted, heatmap.samples)
    assert.equal(
      counted,
      hourResult().phases.reduce((sum, phase) => sum + phase.delivery!.n, 0),
    )
  })

  test('CPU is what was used over the column, memory its most', () => {
    const { samples } = hourEvidence()
    resources.components.forEach(({ name, cpuCores, residentMiB }) => {
      series.s.forEach((fromS, index) => {
        const toS = series.s[index + 1] ?? hourResult().run.durationS
        const at = (second: number) => samples[second]!.processes.get(name)!
        const cores = (at(toS).cpuSeconds! - at(fromS).cpuSeconds!) / (toS - fromS)
        assert.ok(Math.abs(cpuCores[index]! - cores) < 0.001, `${name} at ${fromS}`)
        const levels = Array.from({ length: toS - fromS }, (_, i) => at(fromS + i + 1).residentBytes! / 1_048_576)
        assert.ok(Math.abs(residentMiB[index]! - Math.max(...levels)) < 0.06)
      })
    })
  })
})

describe('a long run is judged by seconds', () => {
  const profile = [segment('warm-up', 100), segment('base', 500), segment('hold', 500, 100), segment('recovery', 400)]
  const slos = named(parseSlos(['p99=100ms']).slos)
  const recoveredS = 1_107
  const deliveryMs = (second: number) => (second === 703 ? 500 : second >= 600 && second < recoveredS ? 90 : 20)
  const evidence = evidenceOf({ profile, slos, deliveryMs })
  const result = resultOf(evidence)

  test('one slow second is one second missed, at its place', () => {
    assert.equal(result.series.widthS, 5)
    const { secondsMissed, secondsJudged, firstMissS } = result.slos[0]!
    assert.deepEqual([secondsMissed, secondsJudged, firstMissS], [1, 1_400, 703])
    assert.deepEqual([result.spike.worstSecondS, result.spike.worstSecondP99Us], [703, 500_000])
  })

  test('it recovers at a second, not at the edge of a column', () => assert.equal(result.spike.recoverS, 7))

  test('the gate keeps the seconds of its own objectives, and says none of others', () => {
    assert.deepEqual(rejudge(result, []).slos[0], result.slos[0])
    assert.equal(rejudge(result, []).verdict.highestGoodRate, result.verdict.highestGoodRate)
    const stricter = rejudge(result, named(parseSlos(['p99=50ms']).slos))
    const { met, secondsMissed, firstMissS } = stricter.slos.find(({ id }) => id === 'p99=50ms')!
    assert.deepEqual([met, secondsMissed, firstMissS, stricter.verdict.highestGoodRate], [false, null, null, null])
  })

  test('short runs keep their seconds', () => {
    const { series } = judge(evidenceOf({ profile: [segment('hold', 600)] }))
    assert.deepEqual([series.widthS, series.s.length, series.deliveryP99Worst], [1, 600, undefined])
  })
})

describe('a page beyond its budget', () => {
  const made: number[] = []
  const make = (doublings: number) => {
    made.push(doublings)
    return resultOf(evidenceOf({ profile: [segment('hold', 700)] }), doublings)
  }

  test('gets columns twice as wide until it fits, or until that is no help', () => {
    assert.equal(fitting(make).series.widthS, 2)
    assert.equal(fitting(make).series.doublings, undefined)
    const { widthS, doublings, s } = fitting(make, 1).series
    assert.deepEqual([widthS, doublings, s.length], [16, 3, 44])
    assert.deepEqual(made, [0, 0, 0, 1, 2, 3])
  })
})
