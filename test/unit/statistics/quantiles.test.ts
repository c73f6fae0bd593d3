import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ascending, median, quantile } from '../../../lab/statistics/quantiles.ts'
import { spreadOf } from '../../../lab/statistics/spread.ts'
import { near } from '../../support/statistics/near.ts'
import { quantileCases } from '../../support/statistics/reference.ts'

const values = fc.array(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 1, maxLength: 30 })

test('quantiles are those of NumPy', () => {
  for (const { values, q, value } of quantileCases) near(quantile(ascending(values), q), value, `${values} at ${q}`)
})

test('a quantile lies between the values and rises with q', () => {
  fc.assert(
    fc.property(
      values,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (sample, a, b) => {
        const sorted = ascending(sample)
        const [low, high] = [quantile(sorted, Math.min(a, b)), quantile(sorted, Math.max(a, b))]
        assert.ok(sorted[0]! <= low + 1e-9 && low <= high + 1e-9 && high <= sorted.at(-1)! + 1e-9)
      },
    ),
  )
})

test('the median ignores order, follows a change of scale, and lives with values that were never reached', () => {
  fc.assert(
    fc.property(values, (sample) => {
      assert.equal(median(sample.toReversed()), median(sample))
      assert.equal(median(sample.map((value) => value * 4)), median(sample) * 4)
    }),
  )
  assert.equal(median([3, Number.POSITIVE_INFINITY, 1]), 3)
  assert.equal(median([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]), Number.POSITIVE_INFINITY)
  assert.ok(Number.isNaN(median([])))
})

test('the spread is the pooled deviation of logarithms, and unknown where logarithms are', () => {
  // ln(e^0.1 / e^-0.1) in both arms: each has the variance 2 * 0.1^2 / 1.
  near(
    spreadOf([
      [Math.exp(0.1), Math.exp(-0.1)],
      [5 * Math.exp(0.1), 5 * Math.exp(-0.1)],
    ]) ?? 0,
    Math.sqrt(0.02),
    'spread',
  )
  assert.equal(
    spreadOf([
      [2, 2, 2],
      [7, 7],
    ]),
    0,
  )
  for (const arms of [[[0, 1, 2]], [[1, Number.POSITIVE_INFINITY]], [[1], [2]], []]) assert.equal(spreadOf(arms), null)
})
