import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { heatmapBin } from '../../../lab/judge/heatmap.ts'
import { judge } from '../../../lab/judge/judge.ts'
import { phaseSpans } from '../../../lab/judge/phases.ts'
import { spectrumOf } from '../../../lab/judge/spectrum.ts'
import { distribution } from '../../../lab/measure/distribution.ts'
import type { Segment } from '../../../scenarios/profiles.ts'
import { evidenceOf, type History } from '../../support/history.ts'

const spike = (history: History) => judge(evidenceOf(history)).spike
/** Warm-up to 2, base to 12, hold to 22, recovery to 32; 20 ms in base, 400 ms in hold. */
const loaded = (recovery: (second: number) => number) => (second: number) =>
  second < 12 ? 20 : second < 22 ? 400 : recovery(second)

describe('spike figures', () => {
  test('overshoot is the worst second over the base phase', () => {
    const figures = spike({ deliveryMs: (second) => (second === 15 ? 500 : loaded(() => 20)(second)) })
    assert.deepEqual([figures.baseP99Us, figures.worstSecondP99Us, figures.worstSecondS], [20_000, 500_000, 15])
    assert.equal(figures.overshoot, 25)
    assert.equal(figures.hysteresis, 1)
  })

  test('recovered at once, after three seconds, or not while it was watched', () => {
    assert.equal(spike({ deliveryMs: loaded(() => 25) }).recoverS, 0)
    assert.equal(spike({ deliveryMs: loaded((second) => (second < 25 ? 100 : 25)) }).recoverS, 3)
    assert.equal(spike({ deliveryMs: loaded(() => 31) }).recoverS, null)
    assert.equal(spike({ deliveryMs: loaded(() => 30) }).recoverS, 0)
  })

  test('a relapse counts: it must stay within the limit', () => {
    assert.equal(spike({ deliveryMs: loaded((second) => (second === 26 ? 100 : 25)) }).recoverS, 5)
  })

  test('a fast chat whose store still catches up has not recovered', () => {
    const backlog = (second: number) => (second >= 12 && second < 25 ? 900 : 10)
    const { recoverS, p99RecoverS, backlogRecoverS } = spike({ deliveryMs: loaded(() => 25), backlog })
    assert.deepEqual([recoverS, p99RecoverS, backlogRecoverS], [3, 0, 3])
  })

  test('what did not recover is told apart: p99, the backlog, or both', () => {
    const times = (deliveryMs: number, level: number | null) => {
      const backlog = (second: number) => (second >= 12 ? level : level && 10)
      const { recoverS, p99RecoverS, backlogRecoverS } = spike({ deliveryMs: loaded(() => deliveryMs), backlog })
      return [recoverS, p99RecoverS, backlogRecoverS]
    }
    assert.deepEqual(times(31, 10), [null, null, 0])
    assert.deepEqual(times(25, 900), [null, 0, null])
    assert.deepEqual(times(31, 900), [null, null, null])
    assert.deepEqual(times(25, null), [0, 0, null])
  })

  test('a backlog that grows again while p99 is slow counts once p99 is back', () => {
    const backlog = (second: number) => (second >= 27 && second < 29 ? 900 : 10)
    const figures = spike({ deliveryMs: loaded((second) => (second < 25 ? 100 : 25)), backlog })
    assert.deepEqual([figures.recoverS, figures.p99RecoverS, figures.backlogRecoverS], [null, 3, 0])
  })

  test('the backlog has a peak, a base level and a rate at which it drained', () => {
    const backlog = (second: number) =>
      second < 12 ? second : second < 22 ? 1_000 : Math.max(10, 1_000 - 250 * (second - 21))
    const figures = spike({ backlog })
    assert.deepEqual([figures.backlogBase, figures.backlogPeak, figures.backlogPeakS], [11, 1_000, 12])
    // 1000 at second 12 still in the hold; down to 10 at second 25.
    assert.equal(figures.drainRate, 990 / 13)
  })

  test('without base and recovery there is no figure to give', () => {
    const profile: Segment[] = [{ phase: 'hold', durationMs: 3_000, fromRate: 10, toRate: 10 }]
    const figures = spike({ profile })
    assert.deepEqual(
      [figures.baseP99Us, figures.overshoot, figures.fallEndS, figures.recoverS],
      [null, null, null, null],
    )
  })
})

test('phases join segments of one name and lie on whole seconds', () => {
  const spans = phaseSpans([
    { phase: 'warm-up', durationMs: 3_000, fromRate: 10, toRate: 50 },
    { phase: 'warm-up', durationMs: 2_000, fromRate: 10, toRate: 10 },
    { phase: 'hold', durationMs: 4_000, fromRate: 50, toRate: 50 },
  ])
  assert.deepEqual(
    spans.map(({ name, startS, durationS, measured }) => [name, startS, durationS, measured]),
    [
      ['warm-up', 0, 5, false],
      ['hold', 5, 4, true],
    ],
  )
})

test('the offered column is the mean of each second, also where a phase has two slopes', () => {
  const profile: Segment[] = [
    { phase: 'warm-up', durationMs: 2_000, fromRate: 0, toRate: 40 },
    { phase: 'warm-up', durationMs: 1_000, fromRate: 10, toRate: 10 },
    { phase: 'base', durationMs: 1_000, fromRate: 10, toRate: 10 },
  ]
  assert.deepEqual(judge(evidenceOf({ profile })).series.offered, [10, 30, 10, 10])
})

test('the heat map counts every sample once, in the bin of its value', () => {
  const { heatmap, phases } = judge(evidenceOf({ deliveryMs: (second) => 5 + second }))
  const counted = heatmap.columns.flatMap(([, , ...counts]) => counts).reduce((sum, count) => sum + count, 0)
  assert.equal(counted, heatmap.samples)
  assert.equal(
    counted,
    phases.reduce((sum, phase) => sum + phase.delivery!.n, 0),
  )
})

test('heat map bins are an eighth of a decade, edges included', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120_000_000 }), (us) => {
      const bin = heatmapBin(us)
      assert.ok(10 ** (bin / 8) <= us * (1 + 1e-9) && us < 10 ** ((bin + 1) / 8) * (1 + 1e-9), `${us} in ${bin}`)
    }),
  )
  assert.deepEqual([1, 10, 100, 1_000_000].map(heatmapBin), [0, 8, 16, 48])
})

test('a spectrum rises, ends at the maximum, and says where it grows thin', () => {
  const samples = distribution(Array.from({ length: 5_000 }, (_, i) => [i + 1, 1] as const))
  const { points, solid } = spectrumOf('hold', samples, 1_000)
  assert.deepEqual(points.at(-1), [1, 5_000])
  assert.ok(points.length >= 40 && points.length <= 90, String(points.length))
  for (let i = 1; i < points.length; i++)
    assert.ok(points[i]![0] >= points[i - 1]![0] && points[i]![1] >= points[i - 1]![1])
  assert.ok(points[solid - 1]![0] <= 0.99 && points[solid]![0] > 0.99)
})

test('CPU, memory and bytes a second come from the differences of samples; a lost sample is a gap', () => {
  const evidence = evidenceOf({ foreignCores: 0.5 })
  const samples = evidence.samples.filter((sample) => sample.atS !== 5)
  const { resources } = judge({ ...evidence, samples })
  const [chat] = resources.components
  assert.equal(chat?.cpuCores[10], 1)
  assert.deepEqual([chat?.cpuCores[4], chat?.cpuCores[5]], [null, null])
  assert.equal(chat?.writtenMBps[10], 1)
  assert.equal(chat?.readMBps[10], null)
  assert.equal(resources.foreign[10], 0.25)
  assert.equal(chat?.cpuSeconds, 28)
  assert.equal(chat?.writeCalls, 28 * 40)
})
