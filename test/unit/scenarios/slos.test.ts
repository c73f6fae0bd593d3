import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { measuredPhases } from '../../../scenarios/profiles.ts'
import { defaultSlos, formatSlo, mergeSlos, parseSlos, type Slo } from '../../../scenarios/slos.ts'

const one = (text: string): Slo | undefined => parseSlos([text]).slos[0]

test('SLOs read as they are written', () => {
  assert.deepEqual(one('p99=250ms'), {
    metric: 'delivery',
    phase: 'measured',
    quantile: 0.99,
    bound: 250_000,
    unit: 'us',
  })
  assert.deepEqual(one('hold:p99.9=1s'), {
    metric: 'delivery',
    phase: 'hold',
    quantile: 0.999,
    bound: 1_000_000,
    unit: 'us',
  })
  assert.deepEqual(one('ack:p99=200ms'), {
    metric: 'ack',
    phase: 'measured',
    quantile: 0.99,
    bound: 200_000,
    unit: 'us',
  })
  assert.deepEqual(one('rise:ack:max=1.5s'), {
    metric: 'ack',
    phase: 'rise',
    quantile: 1,
    bound: 1_500_000,
    unit: 'us',
  })
  assert.deepEqual(one('errors=0.1%'), {
    metric: 'errors',
    phase: 'measured',
    quantile: null,
    bound: 0.001,
    unit: 'ratio',
  })
  assert.deepEqual(one('indeterminate=0'), {
    metric: 'indeterminate',
    phase: 'measured',
    quantile: null,
    bound: 0,
    unit: 'ratio',
  })
})

test('every SLO is written and read back the same', () => {
  const phase = fc.constantFrom('measured' as const, ...measuredPhases)
  const latency = fc.record({
    metric: fc.constantFrom('delivery' as const, 'ack' as const),
    phase,
    quantile: fc.constantFrom(0.5, 0.9, 0.99, 0.999, 0.9999, 1),
    bound: fc.integer({ min: 1, max: 120_000_000 }),
    unit: fc.constant('us' as const),
  })
  const ratio = fc.record({
    metric: fc.constantFrom('errors' as const, 'indeterminate' as const),
    phase,
    quantile: fc.constant(null),
    bound: fc.integer({ min: 0, max: 1_000 }).map((n) => n / 1_000),
    unit: fc.constant('ratio' as const),
  })
  const disturbance = fc
    .record({
      metric: fc.constantFrom('reconnect' as const, 'resume' as const, 'drain' as const),
      phase: fc.constant('run' as const),
      quantile: fc.constantFrom(0.5, 0.95, 1),
      bound: fc.integer({ min: 1, max: 120_000_000 }),
      unit: fc.constant('us' as const),
    })
    .filter(({ metric, quantile }) => metric !== 'drain' || quantile === 1)
  fc.assert(
    fc.property(fc.oneof(latency, ratio, disturbance), (generated: Slo) => {
      const slo = { ...generated }
      assert.deepEqual(parseSlos([formatSlo(slo)]), { slos: [slo], problems: [] })
    }),
  )
})

test('every text that is no SLO is named', () => {
  const bad = [
    '',
    'p99',
    'p99=',
    'p99=5',
    'p101=5ms',
    'p99=0ms',
    'p99=121s',
    'warm-up:p99=5ms',
    'ack:errors=1%',
    'errors=101%',
    'errors=-1',
    'p99=5ms=6ms',
    'latency=5ms',
    'drain:p95=5s',
    'drain=5s',
    'reconnect:errors=1%',
    'reconnect:hold:p95=5s',
    'hold:resume:p95=5s',
  ]
  const { slos, problems } = parseSlos([...bad, 'p99=1s', 'p99=2s'])
  assert.equal(problems.length, bad.length + 1)
  assert.equal(slos.length, 1)
  for (const [i, text] of bad.entries()) assert.match(problems[i]!, new RegExp(`^SLO "${text}": `))
})

test('an SLO given replaces the default on its figure and leaves the others', () => {
  const merged = mergeSlos(defaultSlos, [one('p99=250ms')!, one('hold:p99.9=1s')!])
  assert.deepEqual(merged.map(formatSlo).sort(), ['errors=0.1%', 'hold:p99.9=1s', 'p99=250ms'])
  assert.deepEqual(mergeSlos(defaultSlos, [one('hold:p99=250ms')!]).map(formatSlo), [
    'p99=1s',
    'errors=0.1%',
    'hold:p99=250ms',
  ])
})
