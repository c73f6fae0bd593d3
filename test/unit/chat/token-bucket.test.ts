import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TokenBucket } from '../../../system/chat/token-bucket.ts'

test('a burst goes through at once, then one a refill', () => {
  const bucket = new TokenBucket(10, 3, 0)
  assert.deepEqual([bucket.take(0), bucket.take(0), bucket.take(0), bucket.take(0)], [true, true, true, false])
  assert.equal(bucket.take(99), false)
  assert.equal(bucket.take(100), true)
  assert.equal(bucket.take(100), false)
})

test('a rest fills the bucket up to its burst and no further', () => {
  const bucket = new TokenBucket(10, 2, 0)
  assert.deepEqual(
    [1, 2, 3].map(() => bucket.take(1_000_000)),
    [true, true, false],
  )
})

test('rate 0 is no limit', () => {
  const bucket = new TokenBucket(0, 1, 0)
  assert.ok(Array.from({ length: 1_000 }, () => bucket.take(0)).every(Boolean))
})

test('whoever asks, however often: at most burst + rate x time gets through, and all of that does', () => {
  const waits = fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 200 })
  fc.assert(
    fc.property(
      waits,
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 40 }),
      (waitsMs, perSecond, burst) => {
        const bucket = new TokenBucket(perSecond, burst, 0)
        // The obvious form: a level that is refilled in whole and drained by one.
        let level = burst
        let nowMs = 0
        for (const waitMs of waitsMs) {
          nowMs += waitMs
          level = Math.min(burst, level + (waitMs * perSecond) / 1000)
          const clear = Math.abs(level - 1) > 1e-6
          const taken = bucket.take(nowMs)
          if (clear) assert.equal(taken, level >= 1)
          if (taken) level -= 1
        }
      },
    ),
  )
})
