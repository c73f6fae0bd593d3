import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holm } from '../../../lab/statistics/holm.ts'
import { mannWhitney, smallestP } from '../../../lab/statistics/mannWhitney.ts'
import { near } from '../../support/statistics/near.ts'
import { criticalU, holmCases, mannWhitneyCases } from '../../support/statistics/reference.ts'

/** Few different values, so that ties are the rule. */
const sample = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 8 })

test('U and exact p are those of SciPy, ties included', () => {
  for (const { first, second, u, p } of mannWhitneyCases) {
    const got = mannWhitney(first, second)
    near(got.u, u, `U of ${first} and ${second}`)
    near(got.p, p, `p of ${first} and ${second}`)
  }
})

test('the printed tables of critical values', () => {
  for (const [size, u] of criticalU) {
    const p = (wins: number) => mannWhitney(...samplesWith(size, wins)).p
    assert.ok(p(u) <= 0.05, `${size} a side: U = ${u} has p ${p(u)}`)
    assert.ok(p(u + 1) > 0.05, `${size} a side: U = ${u + 1} has p ${p(u + 1)}`)
  }
})

/** Two samples without ties in which the first wins `wins` pairs. */
function samplesWith(size: number, wins: number): [number[], number[]] {
  const second = Array.from({ length: size }, (_, i) => i + 1)
  const first = Array.from({ length: size }, (_, i) => {
    const beaten = Math.min(size, Math.max(0, wins - size * i))
    return beaten + 0.5 - i / (10 * size)
  })
  return [first, second]
}

test('with ties it is the share of all splits of the values, counted one by one', () => {
  fc.assert(
    fc.property(sample, sample, (first, second) => near(mannWhitney(first, second).p, countedP(first, second), 'p')),
    { numRuns: 60 },
  )
})

/** The definition: how many of all ways to choose the first sample are at least as extreme, in either tail. */
function countedP(first: readonly number[], second: readonly number[]): number {
  const pooled = [...first, ...second]
  const wins = (chosen: number): number => {
    let sum = 0
    for (let i = 0; i < pooled.length; i++)
      for (let j = 0; j < pooled.length; j++)
        if ((chosen >> i) & 1 && !((chosen >> j) & 1)) sum += Math.sign(pooled[i]! - pooled[j]!)
    return sum
  }
  const observed = wins(2 ** first.length - 1)
  let [below, above, all] = [0, 0, 0]
  for (let chosen = 0; chosen < 2 ** pooled.length; chosen++) {
    if (chosen.toString(2).replaceAll('0', '').length !== first.length) continue
    const sum = wins(chosen)
    all += 1
    below += sum <= observed ? 1 : 0
    above += sum >= observed ? 1 : 0
  }
  return Math.min(1, (2 * Math.min(below, above)) / all)
}

test('p is the same from either side, and under every monotone change of the values', () => {
  fc.assert(
    fc.property(sample, sample, (first, second) => {
      const { p, u } = mannWhitney(first, second)
      assert.equal(mannWhitney(second, first).p, p)
      assert.equal(mannWhitney(second, first).u, first.length * second.length - u)
      assert.equal(mannWhitney(first.map(Math.exp), second.map(Math.exp)).p, p)
      assert.ok(p >= smallestP(first.length, second.length) && p <= 1)
    }),
  )
})

test('a value that was never reached is the largest, and no run at all tells nothing', () => {
  const never = Number.POSITIVE_INFINITY
  assert.equal(
    mannWhitney([1, 2, 3, 4, 5], [never, never, never, never, never]).p,
    mannWhitney([1, 2, 3, 4, 5], [9, 9, 9, 9, 9]).p,
  )
  assert.equal(mannWhitney([], [1, 2]).p, 1)
})

test('the smallest p with 3 to 7 runs a side', () => {
  const shown = [3, 4, 5, 6, 7].map((runs) => Number(smallestP(runs, runs).toFixed(4)))
  assert.deepEqual(shown, [0.1, 0.0286, 0.0079, 0.0022, 0.0006])
  assert.equal(smallestP(1, 0), 1)
})

test("Holm's adjusted p values are those of statsmodels", () => {
  for (const { p, adjusted } of holmCases) for (const [i, got] of holm(p).entries()) near(got, adjusted[i]!, `${p}`)
  assert.deepEqual(holm([]), [])
})

test('Holm never lowers a p, keeps their order, and lies between none and Bonferroni', () => {
  const pValues = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(pValues, (p) => {
      const adjusted = holm(p)
      p.forEach((raw, i) => {
        assert.ok(adjusted[i]! >= raw && adjusted[i]! <= Math.min(1, raw * p.length))
        for (const [j, other] of p.entries()) assert.ok(raw > other || adjusted[i]! <= adjusted[j]!)
      })
    }),
  )
})
