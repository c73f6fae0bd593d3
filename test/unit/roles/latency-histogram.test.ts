import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Histogram, Registry } from 'prom-client'
import {
  LatencySeries,
  latencyBoundsS,
  latencyHistogram,
  latencyHistograms,
  type NativeBuckets,
} from '../../../system/roles/latency-histogram.ts'

const valuesOf = (text: string): Map<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  )

test('it exposes what prom-client exposes of the same samples', async () => {
  const latencyMs = fc.oneof(
    fc.double({ min: 0, max: 100_000, noNaN: true }),
    fc.constantFrom(...latencyBoundsS.map((seconds) => seconds * 1000)),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(latencyMs, { maxLength: 60 }), async (samples) => {
      const [own, theirs] = [new Registry(), new Registry()]
      const series = latencyHistogram(own, { name: 'x_seconds', help: 'x' })
      const reference = new Histogram({
        name: 'x_seconds',
        help: 'x',
        buckets: [...latencyBoundsS],
        registers: [theirs],
      })
      for (const sample of samples) {
        series.observeMs(sample)
        reference.observe(sample / 1000)
      }
      assert.deepEqual(valuesOf(await own.metrics()), valuesOf(await theirs.metrics()))
    }),
  )
})

test('every series of a label is there before its first sample, and apart from the others', async () => {
  const registry = new Registry()
  const { one } = latencyHistograms(registry, { name: 'x_seconds', help: 'x' }, 'part', ['one', 'two'])
  one.observeMs(3)
  const values = valuesOf(await registry.metrics())
  assert.equal(values.get('x_seconds_count{part="one"}'), 1)
  assert.equal(values.get('x_seconds_count{part="two"}'), 0)
})

test('a time that two clocks make negative counts as none', async () => {
  const registry = new Registry()
  latencyHistogram(registry, { name: 'x_seconds', help: 'x' }).observeMs(-5)
  const values = valuesOf(await registry.metrics())
  assert.equal(values.get('x_seconds_sum'), 0)
  assert.equal(values.get('x_seconds_bucket{le="0.0005"}'), 1)
})

test('every sample is in the native bucket that its value belongs to', () => {
  const latencyMs = fc.oneof(
    fc.double({ min: 0, max: 1e9, noNaN: true }),
    fc.double({ min: 0.001, max: 60_000, noNaN: true }),
    fc.integer({ min: -20, max: 17 }).map((exponent) => 1000 * 2 ** exponent),
  )
  fc.assert(
    fc.property(fc.array(latencyMs, { maxLength: 60 }), (samples) => {
      const series = new LatencySeries()
      for (const sample of samples) series.observeMs(sample)
      const { zeroThreshold, zeroCount, ...native } = series.native()
      const seconds = samples.map((sample) => sample / 1000)
      assert.equal(zeroCount, seconds.filter((value) => value <= zeroThreshold).length)
      const buckets = bucketsOf(native)
      assert.equal(
        buckets.reduce((sum, { count }) => sum + count, zeroCount),
        samples.length,
      )
      const last = 2 ** 17
      for (const { index, count } of buckets) {
        const [over, upTo] = [2 ** ((index - 1) / 16), 2 ** (index / 16)]
        // What is beyond the last bucket is counted there. Bounds but powers of two are rounded.
        const isIn = (value: number) => value > over * (1 - 1e-12) && (value <= upTo * (1 + 1e-12) || upTo === last)
        assert.ok(count > 0 && count <= seconds.filter(isIn).length, `bucket ${index}`)
      }
    }),
  )
})

/** Indexes as the specification counts them: spans skip, deltas add up. */
function bucketsOf({ spans, deltas }: Pick<NativeBuckets, 'spans' | 'deltas'>): { index: number; count: number }[] {
  let [index, count, delta] = [0, 0, 0]
  return spans.flatMap(({ offset, length }) => {
    index += offset
    return Array.from({ length }, () => {
      count += deltas[delta++]!
      return { index: index++, count }
    })
  })
}
