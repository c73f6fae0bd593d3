import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Arm } from '../../../lab/compare/arms.ts'
import { decide, usualRules } from '../../../lab/compare/decide.ts'
import type { Metric } from '../../../lab/compare/metrics.ts'
import { answerSentence, decisionSentence, tradeOffSentence } from '../../../lab/compare/sentences.ts'
import { armOf, backlog, cpu, failed, goodput, latency } from '../../support/compare/arms.ts'

const metrics = [cpu, latency, goodput, backlog]
const rules = { ...usualRules, resamples: 1_000 }
const plain = (text: string) => text.replaceAll('\u202f', ' ')
const told = (arms: Arm[], metric: Metric, part = {}) => {
  const [pair] = decide(arms, [metric], { ...rules, ...part }).decisions
  return plain(decisionSentence(pair!, metrics, 5_000))
}

const dear = [0.18, 0.19, 0.17, 0.185, 0.175]
const cheap = [0.1, 0.102, 0.099, 0.104, 0.098]
const noisy = [100_000, 150_000, 80_000, 120_000, 90_000]
const steady = [100, 101, 102, 100, 101]

test('the answer names the leader first, whichever arm is the baseline', () => {
  for (const [first, second] of [
    ['X', 'Y'],
    ['Y', 'X'],
  ] as const) {
    const values = { X: { CPU: cheap, latency: noisy }, Y: { CPU: dear, latency: noisy.toReversed() } }
    const arms = [armOf(first, values[first]), armOf(second, values[second])]
    const answer = plain(answerSentence(decide(arms, [cpu, latency], rules).decisions, metrics, 5_000))
    assert.match(
      answer,
      /^At 5 000 msg\/s X is 1\.80x cheaper in CPU than Y \(95 % interval 1\.\d\dx to 1\.\d\dx, 5 runs a side\); latency: cannot tell\.$/,
    )
    const [low, high] = [...answer.matchAll(/(1\.\d\d)x(?: to|,)/g)].map((found) => Number(found[1]))
    assert.ok(low! <= 1.8 && high! >= 1.8, answer)
  }
})

test('better: values, interval, runs, p and floor', () => {
  const arms = [armOf('Y', { CPU: dear }), armOf('X', { CPU: cheap })]
  const sentence = told(arms, cpu)
  assert.match(sentence, /^At 5 000 msg\/s X has 1\.80x lower CPU than Y \(0\.100 s against 0\.180 s; 95 % interval /)
  assert.match(sentence, /5 runs a side, Holm p 0\.0079; no A\/A pair was run\)\.$/)
  const again = armOf('Y again', { CPU: dear.map((value) => value * 1.02) }, {}, 'Y')
  assert.match(told([...arms, again], cpu), /the A\/A floor is 1\.02x\)\.$/)
})

test('equivalent says the bounds it lies within', () => {
  const arms = [armOf('A', { goodput: steady }), armOf('B', { goodput: steady })]
  assert.match(
    told(arms, goodput),
    /^A and B do the same on goodput: ratio 1\.00x, and the whole interval 0\.9\d+x to 1\.0\dx lies within the agreed 1\.10x\.$/,
  )
})

test('cannot tell says which of four things stands in the way', () => {
  const pair = [armOf('A', { latency: noisy }), armOf('B', { latency: noisy.toReversed() })]
  assert.match(
    told(pair, latency),
    /^latency: cannot tell\. The interval .* allows both no difference and [12]\.\d\dx\. How many runs would tell a 1\.10x difference is unknown/,
  )
  const twice = [armOf('A', { backlog: steady }), armOf('B', { backlog: steady.map((value) => value * 1.3) })]
  const again = armOf('A again', { backlog: steady.map((value) => value * 1.4) }, {}, 'A')
  assert.match(
    told([...twice, again], backlog),
    /not beyond what two arms of the same thing differ by \(1\.40x\)\. More runs do not help/,
  )
  const five = [1, 2, 3, 4, 5].map((factor) => armOf(`${factor}`, { backlog: steady.map((value) => value * factor) }))
  assert.match(
    told(five, backlog),
    /With 5 runs a side the smallest possible p is 0\.0079, .* family of 10: no outcome could have decided/,
  )
})

test('not decided says why', () => {
  assert.equal(
    told([armOf('A', { latency: [1] }), armOf('B', { latency: [2] })], latency),
    'latency: not decided; 5 valid runs a side are needed, A has 1, B has 1.',
  )
  const missed = [armOf('A', { CPU: dear }, { 0: failed }), armOf('B', { CPU: cheap })]
  assert.match(
    told(missed, cpu),
    /CPU: not decided; cost is compared at equal SLO: A missed p99 delivery \(hold\) in 1 of 5 runs\.$/,
  )
})

test('no ratio is printed where there is none', () => {
  const arms = [armOf('A', { backlog: [0, 0, 0, 0, 0] }), armOf('B', { backlog: steady })]
  const sentence = told(arms, backlog)
  assert.match(sentence, /A has lower backlog than B \(0 against 101; 95 % interval without bound/)
  assert.doesNotMatch(sentence, /Infinity|NaN|null/)
  assert.doesNotMatch(told(arms.toReversed(), backlog), /Infinity|NaN|null/)
})

test('the trade-off lists who leads on what', () => {
  const arms = [
    armOf('A', { CPU: dear, latency: noisy, goodput: steady, backlog: steady }),
    armOf('B', { CPU: cheap, latency: noisy, goodput: steady, backlog: steady.map((value) => value * 2) }),
  ]
  const sentence = tradeOffSentence(decide(arms, metrics, rules).decisions, metrics)
  assert.equal(sentence, 'B leads on CPU; cannot tell on latency; the same on goodput; A leads on backlog.')
})
