import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { HistogramLogReader } from 'hdr-histogram-js'

const fixture = (name: string) =>
  readFileSync(new URL(`../../../scenarios/generator/testdata/${name}`, import.meta.url), 'utf8')

interface Expected {
  readonly tag: string
  readonly second: number
  readonly count: number
  readonly max: number
  readonly quantiles: Readonly<Record<string, number>>
}

// `go test ./histogram` holds the fixture to what the generator writes.
test('hdr-histogram-js reads the interval log of the generator to the same quantiles', () => {
  const expected: Expected[] = JSON.parse(fixture('latency.json'))
  const reader = new HistogramLogReader(fixture('latency.hlog'))
  const found: Expected[] = []
  for (let h = reader.nextIntervalHistogram(); h; h = reader.nextIntervalHistogram()) {
    if (!('getValueAtPercentile' in h)) throw new Error('an encoded histogram where a decoded one was expected')
    const quantiles: Record<string, number> = {}
    for (const q of ['0.5', '0.9', '0.99', '0.999', '1']) quantiles[q] = h.getValueAtPercentile(Number(q) * 100)
    found.push({ tag: h.tag, second: h.startTimeStampMsec / 1000, count: h.totalCount, max: h.maxValue, quantiles })
  }
  assert.equal(found.length, 15)
  assert.deepEqual(found, expected)
})
