import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type Cut,
  cutsOf,
  type DisturbanceEvidence,
  disturbanceFigure,
  disturbanceOf,
} from '../../../lab/judge/disturbance.ts'
import { judge } from '../../../lab/judge/judge.ts'
import { phaseSpans } from '../../../lab/judge/phases.ts'
import type { Segment } from '../../../scenarios/profiles.ts'
import { evidenceOf } from '../../support/history.ts'

const profile: readonly Segment[] = [
  { phase: 'base', durationMs: 10_000, fromRate: 100, toRate: 100 },
  { phase: 'hold', durationMs: 20_000, fromRate: 100, toRate: 100 },
]
const seconds = 35
const s = Array.from({ length: seconds }, (_, second) => second)
const calm = {
  s,
  offered: s.map((second) => (second < 30 ? 100 : null)),
  acked: s.map(() => 100),
  goodput: s.map(() => 100),
  backlog: s.map(() => 5),
}
const step = (fromS: number, event = 'F1') => ({ event, what: 'strike', fromS, untilS: fromS + 2 })
const cut = (atS: number, resumedS: number | null, code = 1006): Cut => ({
  atUs: atS * 1e6,
  code,
  silentUs: null,
  connectedAfterUs: resumedS === null ? null : resumedS * 5e5,
  resumedAfterUs: resumedS === null ? null : resumedS * 1e6,
})
const of = (given: Partial<DisturbanceEvidence>) =>
  disturbanceOf({ steps: [step(12)], cuts: [], spans: phaseSpans(profile), series: calm, ...given })
const at = <T>(column: readonly T[], changes: Readonly<Record<number, T>>) =>
  column.map((value, second) => changes[second] ?? value)

describe('sockets', () => {
  test('each step answers for those cut until the next began; the run for all of them', () => {
    const cuts = [cut(11, 1), cut(12, 1), cut(19.9, 2, 1012), cut(20, 3, 1012), cut(34, null)]
    const { sockets, steps } = of({ steps: [step(12), step(20, 'F2')], cuts })
    assert.deepEqual(
      steps.map((one) => [one.event, one.sockets.cut, one.sockets.notResumed]),
      [
        ['F1', 2, 0],
        ['F2', 2, 1],
      ],
    )
    assert.deepEqual(steps[0]?.sockets.codes, [
      { code: 1006, count: 1 },
      { code: 1012, count: 1 },
    ])
    assert.deepEqual([sockets.cut, sockets.notResumed], [5, 1])
    assert.deepEqual(sockets.resumed, { n: 4, p50: 1e6, p95: 3e6, max: 3e6 })
    assert.deepEqual(sockets.connected, { n: 4, p50: 5e5, p95: 1.5e6, max: 1.5e6 })
  })

  test('p95 of a hundred is the 95th', () => {
    const cuts = Array.from({ length: 100 }, (_, i) => cut(12, 100 - i))
    assert.equal(of({ cuts }).sockets.resumed?.p95, 95e6)
  })

  test('are read from what every generator wrote', () => {
    const [sums] = evidenceOf({}).generators
    const cuts = {
      atUs: [1, 2],
      code: [1006, 1012],
      silentUs: [7, null],
      connectedAfterUs: [3, null],
      resumedAfterUs: [4, null],
    }
    assert.deepEqual(
      cutsOf([
        { ...sums!, cuts },
        { ...sums!, cuts },
      ]).length,
      4,
    )
    assert.deepEqual(cutsOf([{ ...sums!, cuts }])[1], {
      atUs: 2,
      code: 1012,
      silentUs: null,
      connectedAfterUs: null,
      resumedAfterUs: null,
    })
  })
})

describe('the dip', () => {
  test('is as deep as its worst second, as long as seconds below 95 %, and never counts what was before', () => {
    const goodput = at(calm.goodput, { 5: 0, 12: 94, 13: 40, 14: 95, 15: 60 })
    const { lowestGoodShare, lowestGoodS, dipS, silentS } = of({ series: { ...calm, goodput } }).steps[0]!
    assert.deepEqual([lowestGoodShare, lowestGoodS, dipS, silentS], [0.4, 13, 3, 0])
  })

  test('silence is the longest stretch without an ack while messages were due', () => {
    const acked = at(calm.acked, { 11: 0, 13: 0, 14: 0, 16: 0, 31: 0, 32: 0, 33: 0 })
    assert.equal(of({ series: { ...calm, acked } }).steps[0]?.silentS, 2)
  })

  test('without load there is no share', () => {
    const { lowestGoodShare, dipS } = of({ steps: [step(31)] }).steps[0]!
    assert.deepEqual([lowestGoodShare, dipS], [null, 0])
  })
})

describe('the backlog', () => {
  const drained = (backlog: readonly (number | null)[], steps = [step(12.5)]) =>
    of({ steps, series: { ...calm, backlog: [...backlog] } }).steps.map(
      ({ backlogLimit, backlogPeak, backlogPeakS, drainedAfterS }) => [
        backlogLimit,
        backlogPeak,
        backlogPeakS,
        drainedAfterS,
      ],
    )

  test('is back when it stays at its level before, and half a second of load, counted from the beginning', () => {
    const backlog = at(calm.backlog, { 13: 200, 14: 300, 15: 55, 16: 56, 17: 55 })
    assert.deepEqual(drained(backlog), [[55, 300, 14, 17 + 1 - 12.5]])
  })

  test('that never left is drained at once; one that never came back is not; unknown samples are passed over', () => {
    assert.deepEqual(drained(calm.backlog), [[55, 5, 12, 0]])
    assert.deepEqual(drained(s.map((second) => (second < 13 ? 5 : 60))), [[55, 60, 13, null]])
    const gaps = at<number | null>(calm.backlog, { 13: 200 }).map((level, second) =>
      second === 14 || second === 15 ? null : level,
    )
    assert.deepEqual(drained(gaps), [[55, 200, 13, 16 + 1 - 12.5]])
    assert.deepEqual(drained(s.map(() => null)), [[null, null, null, null]])
  })

  test('belongs to the step in whose time it queued', () => {
    const backlog = at(calm.backlog, { 21: 500 })
    assert.deepEqual(
      drained(backlog, [step(12), step(20, 'F2')]).map(([, peak, , after]) => [peak, after]),
      [
        [5, 0],
        [500, 3],
      ],
    )
  })
})

describe('objectives on it', () => {
  const queued = { ...calm, backlog: at(calm.backlog, { 13: 500 }) }
  const slow = of({ cuts: [cut(12, 4), cut(12, 6)], series: queued })

  test('reconnect and resume are quantiles over all cuts, drain the longest of the steps', () => {
    const cuts = [cut(12, 4), cut(12, 6)]
    assert.equal(disturbanceFigure('resume', 0.5, slow, cuts), 4e6)
    assert.equal(disturbanceFigure('resume', 0.9, slow, cuts), 6e6)
    assert.equal(disturbanceFigure('resume', 0.95, slow, null), 6e6)
    assert.equal(disturbanceFigure('reconnect', 0.95, slow, cuts), 3e6)
    assert.equal(disturbanceFigure('reconnect', 1, slow, null), 3e6)
    assert.throws(() => disturbanceFigure('resume', 0.9, slow, null), /keeps no quantile 0.9/)
    assert.equal(disturbanceFigure('drain', 1, slow, null), 3e6)
  })

  test('a client that never came back, or a backlog, is a miss; nothing cut and nothing done cannot be judged', () => {
    const lost = of({
      cuts: [cut(12, 1), cut(12, null)],
      series: { ...calm, backlog: s.map((i) => (i < 13 ? 5 : 99)) },
    })
    assert.equal(disturbanceFigure('reconnect', 0.5, lost, [cut(12, 1), cut(12, null)]), false)
    assert.equal(disturbanceFigure('drain', 1, lost, null), false)
    const nothing = of({ steps: [] })
    const subscribed = [{ ...cut(12, 1), resumedAfterUs: null }]
    assert.equal(disturbanceFigure('reconnect', 0.5, of({ cuts: subscribed }), subscribed), 5e5)
    assert.equal(disturbanceFigure('resume', 0.5, of({ cuts: subscribed }), subscribed), false)
    assert.equal(disturbanceFigure('reconnect', 0.95, nothing, []), null)
    assert.equal(disturbanceFigure('drain', 1, nothing, null), null)
    const blind = of({ series: { ...calm, backlog: s.map((i) => (i < 12 ? 5 : null)) } })
    assert.equal(disturbanceFigure('drain', 1, blind, null), null)
  })

  test('of a lost node: how long clients heard nothing before they left it, and when all served again', () => {
    const silent = [5, 7, 6].map((seconds) => ({ ...cut(20, 1), silentUs: seconds * 1e6 }))
    const lost = of({ steps: [step(12), { ...step(15), untilS: 26 }], cuts: [cut(12, 1), ...silent] })
    assert.deepEqual(lost.sockets.silent, { n: 3, p50: 6e6, p95: 7e6, max: 7e6 })
    assert.equal(disturbanceFigure('silence', 1, lost, silent), 7e6)
    assert.equal(disturbanceFigure('whole', 1, lost, null), 11e6)
    const onlyCut = of({ steps: [], cuts: [cut(12, 1)] })
    assert.equal(disturbanceFigure('silence', 1, onlyCut, null), null)
    assert.equal(disturbanceFigure('whole', 1, onlyCut, null), null)
    assert.equal(disturbanceFigure('whole', 1, of({ steps: [{ ...step(12), untilS: null }] }), null), false)
  })

  test('decide the verdict: met, missed, and not to be told', () => {
    const slo = (bound: number) =>
      ({ id: 'r', metric: 'reconnect', phase: 'run', quantile: 0.95, bound, unit: 'us' }) as const
    const run = (bound: number, atUs: number[]) => {
      const evidence = evidenceOf({ slos: [slo(bound)] })
      const after = atUs.map(() => 3e6)
      const silentUs = atUs.map(() => null)
      const cuts = { atUs, code: atUs.map(() => 1006), silentUs, connectedAfterUs: after, resumedAfterUs: after }
      const generators = [{ ...evidence.generators[0]!, cuts }]
      return judge({ ...evidence, generators, steps: [step(12)] })
    }
    assert.equal(run(3e6, [12e6]).verdict.outcome, 'PASS')
    const missed = run(2e6, [12e6]).verdict
    assert.equal(missed.outcome, 'FAIL')
    assert.match(missed.reasons[0]!.text, /^p95 reconnect was 3\.00\ss, bound 2\ss/)
    assert.equal(run(2e6, []).verdict.outcome, 'INVALID')
    assert.deepEqual(
      run(3e6, [12e6]).disturbance?.steps.map(({ event }) => event),
      ['F1'],
    )
  })
})
