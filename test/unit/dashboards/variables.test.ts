import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateIntervalS, stepFor, substitute } from '../../../dashboards/variables.ts'

const values = { run: 'r1', backend: 'mongo', stepS: 1, rangeS: 61.2 }

test('variables are filled in; one that nobody gives stays to be refused', () => {
  assert.equal(
    substitute('rate(x{run="$run", backend=~"$backend"}[$__rate_interval]) + y[$__range:$__interval] + $other', values),
    'rate(x{run="r1", backend=~"mongo"}[4s]) + y[62s:1s] + $other',
  )
})

test('a window of a rate has four scrapes and reaches from point to point', () => {
  assert.equal(rateIntervalS(1), 4)
  assert.equal(rateIntervalS(10), 11)
})

test('an hour gets wider steps, never more points than asked for', () => {
  assert.equal(stepFor(60, 600), 1)
  assert.equal(stepFor(3_600, 600), 6)
  for (const rangeS of [1, 59, 601, 3_601, 100_000]) assert.ok(rangeS / stepFor(rangeS, 600) <= 600)
})
