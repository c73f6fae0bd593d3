import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isEquivalent } from '../../../lab/statistics/equivalence.ts'
import { isBeyondFloor, noiseFloor } from '../../../lab/statistics/noiseFloor.ts'
import { randomStream } from '../../../lab/statistics/random.ts'
import { bootstrapRatio, excludesOne, ratioOf, ratioOfMedians } from '../../../lab/statistics/ratio.ts'
import { near } from '../../support/statistics/near.ts'
import { bootstrapCases } from '../../support/statistics/reference.ts'

const rule = { resamples: 10_000, confidence: 0.95 }
const quick = { resamples: 200, confidence: 0.95 }
const stream = (seed = 1) => randomStream(seed, 'test')
const runs = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 9 })
const never = Number.POSITIVE_INFINITY

test('the interval is that of SciPy and of the closed form', () => {
  for (const { arm, base, low, high } of bootstrapCases)
    for (const seed of [1, 2, 3]) {
      const interval = bootstrapRatio(arm, base, rule, stream(seed))
      near(interval.low, low, 'low')
      near(interval.high, high, 'high')
    }
})

test('the same seed gives the same interval, another purpose another stream', () => {
  const { arm, base } = bootstrapCases[1]!
  assert.deepEqual(bootstrapRatio(arm, base, quick, stream()), bootstrapRatio(arm, base, quick, stream()))
  const draws = (seed: number, purpose: string) => {
    const random = randomStream(seed, purpose)
    return Array.from({ length: 8 }, () => random.below(1_000))
  }
  assert.notDeepEqual(draws(1, 'a'), draws(1, 'b'))
  assert.notDeepEqual(draws(1, 'a'), draws(2, 'a'))
})

test('the interval lies within the ratios that are possible, moves with the scale, and ignores the order of runs', () => {
  fc.assert(
    fc.property(runs, runs, (arm, base) => {
      const { low, high } = bootstrapRatio(arm, base, quick, stream())
      assert.ok(low <= high)
      assert.ok(low >= Math.min(...arm) / Math.max(...base) && high <= Math.max(...arm) / Math.min(...base))
      const doubled = bootstrapRatio(
        arm.map((value) => value * 2),
        base,
        quick,
        stream(),
      )
      assert.deepEqual(doubled, { low: low * 2, high: high * 2 })
      assert.deepEqual(bootstrapRatio(arm.toReversed(), base.toReversed(), quick, stream()), { low, high })
    }),
  )
})

test('ratios of what is zero or was never reached', () => {
  assert.equal(ratioOf(0, 0), 1)
  assert.equal(ratioOf(never, never), 1)
  assert.equal(ratioOf(3, 0), never)
  assert.equal(ratioOf(3, never), 0)
  assert.equal(ratioOfMedians([0, 0, 0], [0, 5, 0]), 1)
  assert.deepEqual(bootstrapRatio([0, 0, 0], [0, 0, 0], quick, stream()), { low: 1, high: 1 })
  assert.deepEqual(bootstrapRatio([never, never], [4, 4], quick, stream()), { low: never, high: never })
})

test('an interval that touches 1 does not exclude it', () => {
  assert.equal(excludesOne({ low: 1, high: 2 }), false)
  assert.equal(excludesOne({ low: 0.5, high: 1 }), false)
  assert.equal(excludesOne({ low: 1.01, high: 2 }), true)
  assert.equal(excludesOne({ low: 0.5, high: 0.99 }), true)
})

test('equivalent: the whole interval within the bounds, from either arm', () => {
  assert.equal(isEquivalent({ low: 0.95, high: 1.08 }, 1.1), true)
  assert.equal(isEquivalent({ low: 1 / 1.1, high: 1.1 }, 1.1), true)
  assert.equal(isEquivalent({ low: 0.9, high: 1.08 }, 1.1), false)
  assert.equal(isEquivalent({ low: 1.02, high: 1.11 }, 1.1), false)
})

test('the floor is the farthest that the same thing was from itself, in either direction', () => {
  const floor = noiseFloor(
    [
      [
        [10, 10, 10],
        [12, 12, 12],
      ],
      [
        [11, 11],
        [10, 10],
      ],
    ],
    quick,
    stream(),
  )!
  near(floor.ratio, 1.2, 'ratio')
  near(floor.interval.low, 1 / 1.2, 'low')
  near(floor.interval.high, 1.2, 'high')
  assert.equal(noiseFloor([], quick, stream()), null)
  assert.equal(isBeyondFloor({ low: 1.21, high: 1.5 }, floor), true)
  assert.equal(isBeyondFloor({ low: 1.19, high: 1.5 }, floor), false)
  assert.equal(isBeyondFloor({ low: 0.5, high: 0.82 }, floor), true)
  assert.equal(isBeyondFloor({ low: 0.5, high: 0.84 }, floor), false)
})
