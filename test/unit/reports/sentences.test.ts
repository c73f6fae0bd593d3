import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Figures, plainText } from '../../../reports/figures.ts'
import { recoveryFinding } from '../../../reports/findings.ts'
import { formatCount } from '../../../reports/format.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { verdictSentences } from '../../../reports/sentences.ts'
import { samples } from '../../support/results/samples.ts'

const told = (result: Result) => verdictSentences(result).map(plainText).join(' ').replaceAll('\u202f', ' ')

describe('the verdict in words', () => {
  it('PASS: what was held, nothing lost, and no promise beyond the peak', () => {
    const text = told(samples.pass())
    assert.match(
      text,
      /^mongo@1, FerretDB 2\.7\.0 held 5 000 msg\/s for 60 s \(25 000 deliveries\/s, rooms of 5\): all 14 SLOs met/,
    )
    assert.match(text, /nearest to its bound: p99 delivery in hold, [\d.]+ ms of 1 s\./)
    assert.match(text, /none lost, doubled, reordered or changed; 0 indeterminate\./)
    assert.match(text, /Recovered 2 s after the fall; nothing is said about loads above 5 000 msg\/s\.$/)
  })

  it('PASS without a hold phase: a peak that was reached, not held', () => {
    const result = samples.pass()
    result.workload.holdS = 0
    assert.match(told(result), /^mongo@1, FerretDB 2\.7\.0 took up to 5 000 msg\/s \(25 000 deliveries/)
  })

  it('FAIL by slowness: the worst figure, where it began, and that nothing was lost', () => {
    const text = told(samples.fail())
    assert.match(
      text,
      /^1 of 14 SLOs missed\. Worst: p99 delivery in hold was 1\.\d+ s, bound 1 s \(1\.\d+x\), over in 57 of 60 seconds, first at 23 s with 5 000 msg\/s offered\./,
    )
    assert.match(
      text,
      /The ledger is clean: slow, but nothing lost\. Highest second that met all SLOs: 3 620 msg\/s\.$/,
    )
  })

  it('FAIL by loss: losses come before everything else', () => {
    const text = told(samples.loss())
    assert.match(text, /^1 of 14 SLOs missed\. 3 acked messages are not in the store\./)
    assert.doesNotMatch(text, /nothing lost|none lost|could not be audited/)
    const slow = samples.fail()
    const counters = samples.loss().ledger.counters
    const both = told({ ...slow, ledger: { ...slow.ledger, counters } })
    assert.match(both, /SLOs missed\. 3 acked messages are not in the store\. Worst: p99 delivery in hold was/)
  })

  it('INVALID: the rule, the time, the cause and what to do; no word on what would have been', () => {
    const text = told(samples.invalid())
    assert.match(
      text,
      /^This run cannot tell\. p99 send lateness was 61\.0 ms, allowed 50 ms, from 40 s to 52 s\. Usual cause: /,
    )
    assert.match(text, /Do this: Close other programs and run again\./)
    assert.match(text, /no evidence for or against mongo@1, FerretDB 2\.7\.0\.$/)
    assert.doesNotMatch(text, /would have|SLOs missed/)
  })

  it('INCOMPLETE: when it stopped, and that losses are unknown', () => {
    assert.equal(told(samples.incomplete()), 'Stopped at 41 s in hold. Ledger: not audited, so losses are unknown.')
  })

  it('never calls a ledger clean that was not counted', () => {
    const result = samples.pass()
    result.ledger.counters = result.ledger.counters.map((counter) => ({ ...counter, count: null }))
    assert.match(told(result), /losses are unknown/)
    assert.doesNotMatch(told(result), /none lost/)
  })

  it('says when nothing was delivered instead of printing a figure', () => {
    assert.match(told(samples['no acks']()), /has no sample, although messages were sent/)
  })

  it('says that it did not recover, instead of the time of the last sample', () => {
    const result = samples.pass()
    result.spike.recoverS = null
    assert.match(told(result), /It did not recover within the 20 s observed after the fall/)
  })

  it('says which of p99 and backlog came back after the fall, and when', () => {
    const found = (changes: Partial<Result['spike']>) => {
      const result = samples.pass()
      Object.assign(result.spike, { recoveryLimitUs: 30_000, backlogBase: 10, observedS: 20 }, changes)
      return plainText(recoveryFinding(new Figures(result))).replaceAll('\u202f', ' ')
    }
    const limit = '1.5x base (30.0 ms)'
    const none = { recoverS: null, p99RecoverS: null, backlogRecoverS: null }
    assert.equal(found({ recoverS: 2, p99RecoverS: 2 }), `p99 came back under ${limit} 2 s after the fall and stayed`)
    assert.equal(
      found({ recoverS: 3, p99RecoverS: 0 }),
      `p99 came back under ${limit} 0 s after the fall and stayed; the backlog came back to its base level (10) after 3 s`,
    )
    const p99Only = `p99 did not come back under ${limit} within the 20 s observed`
    assert.equal(found({ ...none, backlogRecoverS: 1 }), p99Only)
    assert.equal(found({ ...none, backlogBase: null }), p99Only)
    assert.equal(
      found({ ...none, p99RecoverS: 0 }),
      `p99 came back under ${limit} 0 s after the fall, but from then on the backlog did not come back to its base level (10) within the 20 s observed`,
    )
    assert.equal(
      found(none),
      `Neither did p99 come back under ${limit} nor the backlog to its base level (10) within the 20 s observed`,
    )
  })

  it('has at most three sentences groups, and figures that follow the result', () => {
    for (const build of Object.values(samples)) assert.ok(verdictSentences(build()).length <= 3)
    const result = samples.pass()
    const acked = result.ledger.funnel.find(({ stage }) => stage === 'acked')
    if (acked) acked.count = 1_234_567
    assert.match(told(result), new RegExp(formatCount(1_234_567).replaceAll('\u202f', ' ')))
  })
})
