import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { judge } from '../../../lab/judge/judge.ts'
import { evidenceOf, type History, p99Within } from '../../support/history.ts'

const outcome = (history: History) => judge(evidenceOf(history)).verdict
const codes = (history: History) => outcome(history).reasons.map((reason) => reason.code)

test('a quiet, punctual, clean run within its bound passes', () => {
  const verdict = outcome({})
  assert.deepEqual([verdict.outcome, verdict.exitCode, verdict.reasons], ['PASS', 0, []])
})

describe('latency objectives', () => {
  const slow = (second: number) => (second >= 12 && second < 15 ? 300 : 20)

  test('three slow seconds of ten fail the hold phase and are counted', () => {
    const { verdict, slos } = judge(evidenceOf({ slos: [p99Within(250)], deliveryMs: slow }))
    assert.deepEqual([verdict.outcome, verdict.exitCode], ['FAIL', 1])
    const [slo] = slos
    assert.equal(slo?.worstPhase, 'hold')
    assert.deepEqual([slo?.secondsMissed, slo?.secondsJudged, slo?.firstMissS], [3, 30, 12])
    assert.equal(slo?.measured, 300_000)
    assert.equal(slo?.ratio, 1.2)
  })

  test('a figure exactly on its bound holds', () => {
    assert.equal(outcome({ slos: [p99Within(300)], deliveryMs: () => 300 }).outcome, 'PASS')
  })

  test('slow warm-up seconds are nobody’s business', () => {
    assert.equal(outcome({ slos: [p99Within(250)], deliveryMs: (s) => (s < 2 ? 5_000 : 20) }).outcome, 'PASS')
  })

  test('a phase in which nothing comes back is missed, not left out', () => {
    const verdict = outcome({ slos: [p99Within(1_000)], deliveryMs: (s) => (s >= 12 && s < 22 ? null : 20) })
    assert.equal(verdict.outcome, 'FAIL')
    assert.match(verdict.reasons[0]!.text, /hold has no figure/)
  })

  test('a measured pause, in which nothing was due, is not slow', () => {
    const pause = { phase: 'hold', durationMs: 5_000, fromRate: 0, toRate: 0 } as const
    const profile = [{ ...pause, phase: 'base', fromRate: 100, toRate: 100 } as const, pause]
    assert.equal(outcome({ profile, deliveryMs: (s) => (s < 5 ? 20 : null) }).outcome, 'PASS')
  })

  test('a quantile with fewer than 10 messages beyond it is marked thin, counted in messages', () => {
    const of = (rate: number) =>
      judge(
        evidenceOf({
          profile: [{ phase: 'base', durationMs: 1_000, fromRate: rate, toRate: rate }],
          slos: [p99Within(1_000)],
        }),
      ).slos[0]!.thin
    assert.deepEqual([of(999), of(1_000)], [true, false])
  })

  test('the highest good rate is that of the fastest second that held every bound', () => {
    const verdict = outcome({ slos: [p99Within(250)], deliveryMs: (s) => (s >= 12 && s < 22 ? 300 : 20) })
    assert.equal(verdict.highestGoodRate, 100)
    assert.equal(outcome({ slos: [p99Within(250)] }).highestGoodRate, 1_000)
  })
})

describe('ledger and error objectives', () => {
  test('one lost message fails the run, and losses come before slowness', () => {
    const history = { counters: { lost_after_ack: 1, reordered: 2 }, slos: undefined, deliveryMs: () => 2_000 }
    assert.equal(outcome(history).outcome, 'FAIL')
    assert.deepEqual(codes(history), ['ledger:lost_after_ack', 'ledger:reordered', 'delivery'])
    assert.equal(outcome(history).reasons[0]!.text, '1 acked messages are not in the store')
  })

  const errors = {
    id: 'errors<=0.1%',
    metric: 'errors',
    phase: 'measured',
    quantile: null,
    bound: 0.001,
    unit: 'ratio',
  } as const
  test('the error ratio is judged in the worst phase', () => {
    assert.equal(outcome({ slos: [errors], refusedShare: 0.001 }).outcome, 'PASS')
    assert.equal(outcome({ slos: [errors], refusedShare: 0.01 }).outcome, 'FAIL')
  })

  const unknown = { ...errors, id: 'indeterminate', metric: 'indeterminate' }
  test('messages of unknown fate have a bound of their own', () => {
    assert.equal(outcome({ slos: [unknown], indeterminateShare: 0.01 }).outcome, 'FAIL')
    assert.equal(outcome({ slos: [errors], indeterminateShare: 0.01 }).outcome, 'PASS')
  })
})

describe('validity', () => {
  test('a generator 60 ms late is beyond 5 % of a 1 s bound, 50 ms is not', () => {
    assert.deepEqual(codes({ latenessMs: () => 60 }), ['late-generator'])
    assert.equal(outcome({ latenessMs: () => 50 }).outcome, 'PASS')
  })

  test('a tight bound allows 5 ms of lateness', () => {
    const slos = [p99Within(50)]
    assert.equal(outcome({ slos, latenessMs: () => 5 }).outcome, 'PASS')
    assert.deepEqual(codes({ slos, latenessMs: () => 5.1 }), ['late-generator'])
  })

  test('a generator late in the base phase alone is not healed by a punctual hold', () => {
    const { validity } = judge(evidenceOf({ latenessMs: (s) => (s >= 4 && s < 6 ? 400 : 1) }))
    const rule = validity.find((candidate) => candidate.rule === 'late-generator')!
    assert.deepEqual([rule.ok, rule.figure, rule.fromS, rule.toS], [false, 400_000, 4, 6])
  })

  test('fewer than 99.9 % of the intended messages sent', () => {
    assert.deepEqual(codes({ sentShare: 0.99 }), ['unsent'])
  })

  test('a histogram overflow, an unfinished audit, a component that ended, a generator that ended early', () => {
    assert.deepEqual(codes({ overflow: 1 }), ['overflow'])
    assert.deepEqual(codes({ auditProblem: 'cut off' }), ['audit'])
    assert.deepEqual(codes({ unplanned: [{ component: 'kafka', atS: 3, text: 'kafka ended' }] }), ['restart'])
    assert.deepEqual(codes({ endReason: 'fleet-lost' }), ['generator-ended'])
    assert.equal(outcome({ endReason: 'drain-timeout' }).outcome, 'PASS')
  })

  test('foreign CPU above 10 % of the machine, which --noisy-ok demotes', () => {
    assert.equal(outcome({ foreignCores: 0.19 }).outcome, 'PASS')
    assert.deepEqual(codes({ foreignCores: 0.3 }), ['foreign-cpu'])
    const accepted = judge(evidenceOf({ foreignCores: 0.3, noisyOk: true }))
    assert.equal(accepted.verdict.outcome, 'PASS')
    assert.equal(accepted.validity.find((rule) => rule.rule === 'foreign-cpu')?.demoted, true)
  })

  test('an objective about a phase without messages cannot be judged', () => {
    const slo = { ...p99Within(1_000), phase: 'fall' }
    assert.deepEqual(codes({ slos: [slo] }), ['unjudged'])
  })

  test('an invalid run stays invalid when objectives are missed as well', () => {
    const verdict = outcome({ latenessMs: () => 60, counters: { lost_after_ack: 3 } })
    assert.deepEqual([verdict.outcome, verdict.exitCode], ['INVALID', 3])
    assert.deepEqual(
      verdict.reasons.map((reason) => reason.code),
      ['late-generator'],
    )
  })

  test('counters the audit could not settle make no failure of their own', () => {
    const history = { auditProblem: 'cut off', counters: { lost_after_ack: null } }
    assert.deepEqual(codes(history), ['audit', 'unjudged'])
  })
})

test('a run stopped by hand is incomplete, whatever else is wrong, and keeps the losses it knows', () => {
  const history = { interrupted: { atS: 14.2, phase: 'hold' }, overflow: 1, counters: { undelivered: 2 } }
  assert.deepEqual([outcome(history).outcome, outcome(history).exitCode], ['INCOMPLETE', 130])
  assert.deepEqual(codes(history), ['interrupted', 'ledger:undelivered'])
})
