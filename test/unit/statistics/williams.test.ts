import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { randomStream } from '../../../lab/statistics/random.ts'
import { interleave } from '../../../lab/statistics/williams.ts'

const armsOf = (k: number) => Array.from({ length: k }, (_, i) => `arm ${i}`)
const plan = (k: number, rounds: number, seed: number) => interleave(armsOf(k), rounds, randomStream(seed, 'order'))
const cycle = (k: number) => (k % 2 === 0 ? k : 2 * k)
const designs = fc.tuple(fc.integer({ min: 2, max: 8 }), fc.integer({ min: 0, max: 10_000 }))

test('two arms alternate: A B B A A B', () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const [first, second, third] = plan(2, 3, seed)
    assert.deepEqual(second, first?.toReversed())
    assert.deepEqual(third, first)
  }
  assert.equal(new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => String(plan(2, 1, seed)))).size, 2)
})

test('in a whole design every arm follows every other one equally often, and has every place equally often', () => {
  fc.assert(
    fc.property(designs, ([k, seed]) => {
      const rows = plan(k, cycle(k), seed)
      const follows = new Map<string, number>()
      const places = new Map<string, number>()
      const count = (in_: Map<string, number>, key: string) => in_.set(key, (in_.get(key) ?? 0) + 1)
      for (const row of rows)
        row.forEach((arm, place) => {
          count(places, `${arm} at ${place}`)
          if (place > 0) count(follows, `${row[place - 1]} then ${arm}`)
        })
      assert.equal(follows.size, k * (k - 1))
      assert.deepEqual(new Set(follows.values()), new Set([cycle(k) / k]))
      assert.equal(places.size, k * k)
      assert.deepEqual(new Set(places.values()), new Set([cycle(k) / k]))
    }),
  )
})

test('a round has every arm once, and a drift falls on all arms alike after every second round', () => {
  fc.assert(
    fc.property(designs, fc.integer({ min: 1, max: 20 }), ([k, seed], rounds) => {
      const order = plan(k, rounds, seed)
      assert.equal(order.length, rounds)
      for (const round of order) assert.deepEqual(round.toSorted(), armsOf(k))
      const turns = order.slice(0, 2 * Math.floor(rounds / 2)).flat()
      const sums = armsOf(k).map((arm) => turns.reduce((sum, name, turn) => sum + (name === arm ? turn : 0), 0))
      assert.equal(new Set(sums).size, 1)
    }),
  )
})
