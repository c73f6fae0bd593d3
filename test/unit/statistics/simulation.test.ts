import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holm } from '../../../lab/statistics/holm.ts'
import { mannWhitney } from '../../../lab/statistics/mannWhitney.ts'
import { drawRuns, power, runsNeeded } from '../../../lab/statistics/power.ts'
import { randomStream } from '../../../lab/statistics/random.ts'
import { bootstrapRatio, excludesOne } from '../../../lab/statistics/ratio.ts'

/**
 * 300 resamples instead of the 10,000 of a decision: the ends of one interval get coarser, the rate over 1,000 of them
 * does not.
 */
const rule = { resamples: 300, confidence: 0.95, alpha: 0.05, pairs: 1 }
const trials = 1_000
const spread = 0.1

/** Three standard errors of a share of `trials`: a true rate is outside in 3 of 1,000 suites, and the seed is fixed. */
const bounds = (rate: number) => 3 * Math.sqrt((rate * (1 - rate)) / trials)

function rateOf(happens: () => boolean): number {
  let count = 0
  for (let trial = 0; trial < trials; trial++) if (happens()) count += 1
  return count / trials
}

test('A/A: the rank test alone raises as many false alarms as its exact level says', () => {
  // The largest two-sided p at or below 0.05 that these sizes can have: U = 2, 5, 23.
  for (const [runs, level] of [
    [5, 8 / 252],
    [6, 38 / 924],
    [10, 0.04326],
  ] as const) {
    const random = randomStream(1, `A/A ${runs}`)
    const rate = rateOf(
      () => mannWhitney(drawRuns(runs, 1, spread, random), drawRuns(runs, 1, spread, random)).p <= 0.05,
    )
    assert.ok(Math.abs(rate - level) <= bounds(level), `${runs} a side: ${rate}, level ${level}`)
  }
})

test('A/A: the 95 % interval misses 1 in at most 5 of 100, the whole rule in no more than it says', (context) => {
  const random = randomStream(2, 'A/A')
  const aa = () => bootstrapRatio(drawRuns(5, 1, spread, random), drawRuns(5, 1, spread, random), rule, random)
  const misses = rateOf(() => excludesOne(aa()))
  const decided = power({ ...rule, runs: 5, effect: 1, spread, trials, seed: 3 })
  context.diagnostic(`A/A, 5 runs a side, ${trials} comparisons: interval ${misses}, decided ${decided}`)
  assert.ok(misses <= 0.05 + bounds(0.05) && misses >= 0.01, `interval: ${misses}`)
  assert.ok(decided <= 0.05 + bounds(0.05) && decided >= 0.005, `decided: ${decided}`)
})

test('A/A of three arms: after Holm the rate of any false alarm is the nominal one at most', (context) => {
  const random = randomStream(4, 'A/A of three')
  const pairs = [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const
  const anyBelow = (adjust: (p: number[]) => number[]) =>
    rateOf(() => {
      const arms = [0, 1, 2].map(() => drawRuns(5, 1, spread, random))
      return adjust(pairs.map(([a, b]) => mannWhitney(arms[a]!, arms[b]!).p)).some((p) => p <= 0.05)
    })
  const [adjusted, raw] = [anyBelow(holm), anyBelow((p) => p)]
  context.diagnostic(`A/A of three arms, ${trials} families: with Holm ${adjusted}, without ${raw}`)
  assert.ok(adjusted <= 0.05 + bounds(0.05), `with Holm: ${adjusted}`)
  assert.ok(raw > 0.05 + bounds(0.05), `without, the simulation would have noticed: ${raw}`)
})

test('power at an effect of 20 % grows with the runs and falls with the spread', (context) => {
  const at = (runs: number, noise: number) => power({ ...rule, runs, effect: 1.2, spread: noise, trials: 400, seed: 5 })
  const [five, ten, noisy] = [at(5, 0.1), at(10, 0.1), at(5, 0.2)]
  context.diagnostic(`power at 20 %, spread 10 %: ${five} with 5 runs a side, ${ten} with 10; spread 20 %: ${noisy}`)
  assert.ok(noisy < five && five < ten, `${noisy} < ${five} < ${ten}`)
  assert.ok(ten > 0.8)
})

test('runs needed: more for a smaller effect and for a larger family, none when 50 are too few', (context) => {
  const needed = (effect: number, pairs: number, noise = 0.1) =>
    runsNeeded({ effect, spread: noise, alpha: 0.05, pairs, confidence: 0.95, seed: 6 })
  const [large, family, small] = [needed(1.3, 1), needed(1.3, 3), needed(1.15, 1)]
  context.diagnostic(`runs a side at a spread of 10 %: ${large} for 1.3x, ${family} of 3 pairs, ${small} for 1.15x`)
  assert.ok(large !== null && family !== null && small !== null)
  assert.ok(large < family && large < small)
  const at = (runs: number) => power({ ...rule, runs, effect: 1.15, spread: 0.1, trials: 400, seed: 7 })
  // Two standard errors of both simulations around the 80 % that are asked for.
  assert.ok(at(small) >= 0.73 && at(small - 3) < 0.87, `${at(small - 3)} before, ${at(small)} at the answer`)
  assert.equal(needed(1.02, 3), null)
  assert.equal(needed(1.02, 1, 0), 5, 'without any spread the smallest design tells')
})
