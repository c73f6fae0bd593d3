import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { secondsOf } from '../../../lab/judge/series.ts'
import { fitting } from '../../../lab/run/fit.ts'
import { renderRunReport } from '../../../reports/run/render.ts'
import type { Result, SeriesColumns } from '../../../reports/schema/result.ts'
import { parseResult, serializeResult } from '../../../reports/schema/validate.ts'
import { strokes } from '../../support/results/drawn.ts'
import { hourEvidence, hourResult } from '../../support/results/hour.ts'
import { faults } from '../../support/results/page.ts'

const result = fitting(hourResult)
const html = renderRunReport(result)
const seconds = secondsOf({ ...hourEvidence(), stoppedAfterS: null })
const largest = (values: readonly (number | null)[]) =>
  values.reduce<number>((top, value) => Math.max(top, value ?? 0), 0)

const figureOf = (page: string, id: string) =>
  new RegExp(`<figure class="chart[^"]*" id="chart-${id}"[\\s\\S]*?</figure>`).exec(page)?.[0] ?? ''
const numberOf = (text: string, name: string) => Number(new RegExp(` data-${name}="([^"]+)"`).exec(text)?.[1])

/** The largest value that a line draws, and half a pixel of it. */
function drawn(page: string, id: string, line: string, height: number): { value: number; slack: number } {
  const figure = figureOf(page, id)
  const d = new RegExp(`<path class="line[^"]*" data-series="${line}" d="([^"]+)"`).exec(figure)?.[1] ?? ''
  const top = Math.min(...strokes(d).flatMap((points) => points.map(([, y]) => y)))
  const [y0, y1] = [numberOf(figure, 'y0'), numberOf(figure, 'y1')]
  const at = (y: number) =>
    figure.includes('data-scale="log"') ? y0 * (y1 / y0) ** (1 - y / height) : y0 + (y1 - y0) * (1 - y / height)
  return { value: at(top), slack: at(top - 0.51) - at(top) }
}

/** Of the run itself: gauges and latencies by its seconds, counts by the columns that they are added in. */
const tops: readonly (readonly [chart: string, line: string, height: number, top: number])[] = [
  ['latency', 'max', 280, largest(seconds.deliveryMax)],
  ['latency', 'worst', 280, largest(seconds.deliveryP99)],
  ['latency', 'p99', 280, largest(result.series.deliveryP99)],
  ['recovery', 'worst', 180, largest(seconds.deliveryP99)],
  ['lateness', 'worst', 180, largest(seconds.latenessP99)],
  ['backlog', 'backlog', 180, largest(seconds.backlog)],
  ['sockets', 'sockets', 180, largest(seconds.connected)],
  ['load', 'offered', 240, largest(seconds.offered)],
  ['load', 'acked', 240, largest(result.series.acked)],
  ['deliveries', 'deliveries', 180, largest(result.series.delivered)],
  ['machine', 'foreign', 180, largest(result.resources.foreign) * result.resources.cores],
]

function drawnFaults(page: string): string[] {
  return tops.flatMap(([chart, line, height, top]) => {
    const { value, slack } = drawn(page, chart, line, height)
    return Math.abs(value - top) <= slack ? [] : [`${line} of ${chart} reaches ${value}, the run ${top}`]
  })
}

describe('the report of an hour', () => {
  it('fits its budgets, and says how wide its columns are and why', (t) => {
    const tags = html.slice(0, html.indexOf('<script')).match(/<[a-z]/g)?.length ?? 0
    t.diagnostic(`${Buffer.byteLength(html)} bytes, ${tags} elements, columns of ${result.series.widthS} s`)
    assert.ok(Buffer.byteLength(html) <= 400_000)
    assert.ok(tags <= 4_000)
    const note = /<p class="note" id="columns">[\s\S]*?<\/p>/.exec(html)?.[0].replace(/<[^>]+>|\u202f/g, ' ') ?? ''
    assert.match(note, /A run of +60 +min +: charts have columns of +\d+ +s/)
    assert.equal(/doubled/.test(note), result.series.doublings !== undefined)
    for (const figure of html.match(/<figure[^>]* data-columns="[^"]*"[\s\S]*?<\/figcaption>/g) ?? []) {
      if (figure.includes('chart-spectrum')) continue
      assert.ok(figure.includes(`data-columns="${result.series.s.length}" data-width-s="${result.series.widthS}"`))
      assert.ok(figure.includes('data-src="/series/widthS"'), figure.slice(0, 200))
    }
  })

  it('proves every figure, and is read back as it was', () => {
    assert.deepEqual(faults(html, result), [])
    assert.deepEqual(parseResult(serializeResult(result)), result)
  })

  it('draws in each chart the largest value that the run had', () => assert.deepEqual(drawnFaults(html), []))

  it('draws every column of the heat map as long as it was, the slowest delivery outlined', () => {
    const figure = figureOf(html, 'heatmap')
    const paths = [...figure.matchAll(/<path class="shade[^"]*"[^>]* stroke-width="(\d+)" d="([^"]+)"/g)]
    const painted = paths.flatMap(([, width, d]) =>
      strokes(d ?? '').map(([from, to]) => (to![0] - from![0]) * Number(width)),
    )
    const { s } = result.series
    const [y0, y1] = [numberOf(figure, 'y0'), numberOf(figure, 'y1')]
    const y = (bin: number) => Math.round(240 * (1 - Math.log(10 ** (bin / 8) / y0) / Math.log(y1 / y0)))
    const wanted = result.heatmap.columns.flatMap(([column = 0, first = 0, ...counts]) =>
      counts.map((count, i) =>
        count === 0 ? 0 : ((s[column + 1] ?? result.run.durationS) - s[column]!) * (y(first + i) - y(first + i + 1)),
      ),
    )
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    assert.equal(sum(painted), sum(wanted))
    const slowest = /class="slowest" d="M([\d.]+) /.exec(figure)?.[1]
    const column = result.series.deliveryMax.indexOf(largest(seconds.deliveryMax))
    assert.equal(Number(slowest), s[column])
  })

  describe('the proof itself notices', () => {
    const mean = (values: readonly (number | null)[], width: number) =>
      values.map((_, index) => {
        const own = values.slice(Math.max(0, index - width), index + width).filter((value) => value !== null)
        return own.length === 0 ? null : Math.round(own.reduce((total, value) => total + value, 0) / own.length)
      })
    const changed = (part: Partial<SeriesColumns>): Result => ({ ...result, series: { ...result.series, ...part } })
    const { deliveryP99Worst, deliveryP99, deliveryMax, backlog, latenessP99 } = result.series
    const mutants: readonly [string, Result][] = [
      ['the worst second dropped', changed({ deliveryP99Worst: deliveryP99 })],
      ['a mean instead of the max', changed({ deliveryMax: mean(deliveryMax, 3) })],
      ['a mean instead of the most', changed({ backlog: mean(backlog, 3) })],
      ['the worst lateness dropped', changed({ latenessP99Worst: latenessP99 })],
      ['worst seconds smoothed', changed({ deliveryP99Worst: mean(deliveryP99Worst!, 2) })],
    ]
    for (const [name, mutant] of mutants) it(name, () => assert.ok(drawnFaults(renderRunReport(mutant)).length > 0))
  })
})
