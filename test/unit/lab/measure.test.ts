import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { build, HistogramLogWriter } from 'hdr-histogram-js'
import { distribution, maxOf, mergeDistributions, quantileOf } from '../../../lab/measure/distribution.ts'
import { parseGeneratorSums } from '../../../lab/measure/generator.ts'
import { readIntervals } from '../../../lab/measure/intervals.ts'
import { samplesAtBorders } from '../../../lab/measure/samples.ts'
import { readTimeline } from '../../../lab/measure/timeline.ts'
import { evidenceOf } from '../../support/history.ts'

const latencies = fc.array(fc.integer({ min: 1, max: 120_000_000 }), { minLength: 1, maxLength: 200 })
const quantiles = [0.01, 0.5, 0.9, 0.99, 0.999, 1]

function denseOf(values: readonly number[], tag: string, second: number) {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 120_000_000,
    numberOfSignificantValueDigits: 3,
  })
  for (const value of values) histogram.recordValue(value)
  histogram.tag = tag
  histogram.startTimeStampMsec = second * 1000
  histogram.endTimeStampMsec = (second + 1) * 1000
  return histogram
}

function logOf(histograms: readonly ReturnType<typeof denseOf>[]): string {
  let text = ''
  const writer = new HistogramLogWriter((part) => {
    text += part
  })
  writer.outputLogFormatVersion()
  writer.outputLegend()
  for (const histogram of histograms) writer.outputIntervalHistogram(histogram)
  return text
}

test('an interval log gives back every quantile that its writer had', () => {
  fc.assert(
    fc.property(latencies, fc.integer({ min: 0, max: 86_400 }), (values, second) => {
      const dense = denseOf(values, 'delivery', second)
      const read = readIntervals(logOf([dense])).at('delivery', second)
      assert.equal(read.total, values.length)
      assert.equal(maxOf(read), dense.getValueAtPercentile(100))
      for (const quantile of quantiles)
        assert.equal(quantileOf(read, quantile), dense.getValueAtPercentile(quantile * 100))
    }),
    { numRuns: 60 },
  )
})

test('adding up seconds is the histogram of all their samples', () => {
  fc.assert(
    fc.property(fc.array(latencies, { minLength: 1, maxLength: 5 }), (seconds) => {
      const log = readIntervals(logOf(seconds.map((values, second) => denseOf(values, 'ack', second))))
      const all = denseOf(seconds.flat(), 'ack', 0)
      const merged = log.span('ack', 0, seconds.length)
      assert.equal(merged.total, seconds.flat().length)
      for (const quantile of quantiles)
        assert.equal(quantileOf(merged, quantile), all.getValueAtPercentile(quantile * 100))
    }),
    { numRuns: 30 },
  )
})

test('two logs of one second, from two generators, are added', () => {
  const log = readIntervals(logOf([denseOf([10, 20], 'ack', 3)]))
  readIntervals(logOf([denseOf([20, 30], 'ack', 3)]), log)
  assert.deepEqual([...log.at('ack', 3).counts], [1, 2, 1])
})

test('an unknown tag or a line cut short is an error, not a missing second', () => {
  assert.throws(() => readIntervals(logOf([denseOf([1], 'other', 0)])), /unknown tag "other"/)
  const whole = logOf([denseOf([1, 2, 3, 400_000], 'ack', 0)])
  assert.throws(() => readIntervals(whole.slice(0, whole.length - 12)))
})

test('an empty distribution has no quantile and no maximum', () => {
  const empty = mergeDistributions([distribution([])])
  assert.deepEqual([quantileOf(empty, 0.5), maxOf(empty)], [null, null])
})

test('generator.json that is not as documented is refused with every problem', () => {
  const sums = evidenceOf({}).generators[0]!
  assert.deepEqual(parseGeneratorSums(JSON.stringify(sums)), sums)
  const broken = { ...sums, schema: 'lab.generator/2', gaps: -1, overflow: undefined }
  assert.throws(
    () => parseGeneratorSums(JSON.stringify(broken)),
    (error: Error) => {
      for (const part of ['/schema', '/gaps', 'overflow']) assert.ok(error.message.includes(part), error.message)
      return true
    },
  )
})

test('a timeline cut short in mid-line keeps every whole line', () => {
  const text = [
    '{"type":"connected","users":2,"rooms":1,"subscriptions":2,"elapsedMs":5}',
    '{"type":"start","unixMs":1000}',
    '{"type":"second","s":0,"phase":"base","offered":1}',
    '{"type":"novelty"}',
    '{"type":"event","tUs":5,"kind":"disconnect","what":"1006"}',
    '{"type":"second","s":1,"pha',
  ].join('\n')
  const timeline = readTimeline(text)
  assert.deepEqual([timeline.startUnixMs, timeline.seconds.length, timeline.events.length], [1000, 1, 1])
  assert.equal(timeline.endReason, null)
})

test('a border without a sample within half a second stays empty', () => {
  const at = (atS: number) => ({ ...evidenceOf({}).samples[0]!, atS })
  const borders = samplesAtBorders([at(0.1), at(0.9), at(1.05), at(3.4)], 4)
  assert.deepEqual(
    borders.map((sample) => sample?.atS ?? null),
    [0.1, 1.05, null, 3.4, null],
  )
})
