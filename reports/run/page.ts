import type { RunColumns } from '../charts/timeChart.ts'
import type { Timeline } from '../charts/timeline.ts'
import type { Figures, Part } from '../figures.ts'
import { formatCount, formatLatencyMs, formatRate, noFigure } from '../format.ts'
import { compactTable, html, Markup } from '../html.ts'
import type { Result, SeriesColumns } from '../schema/result.ts'

/** What every section of a run report gets: plain values in, markup out; no section measures anything. */
export interface Page {
  readonly result: Result
  readonly figures: Figures
  readonly timeline: Timeline
  readonly columns: RunColumns
  /** True on an INVALID run: every chart says so, in print too. */
  readonly notEvidence: boolean
}

type NumericColumn = {
  [K in keyof SeriesColumns]-?: SeriesColumns[K] extends (number | null)[] ? K : never
}[keyof SeriesColumns]
export type SeriesKey = Exclude<NumericColumn, 's'>

/** In a long run, whose columns hold several seconds, the charts have more to say. */
export const inLongColumns = ({ columns }: Page): boolean => columns.widthS > 1

/** The time that one drawn value stands for: `each second`, or `in columns of 10 s`. */
export function eachColumn(page: Page): Part[] {
  return inLongColumns(page) ? ['in columns of ', page.figures.at('/series/widthS', 'seconds')] : ['each second']
}

/** After the time that a p99 stands for. */
export const worstWords = (page: Page): Part[] =>
  inLongColumns(page) ? ['; worst: p99 of the slowest second in each'] : []

const latencyKey = /^(delivery|ack|service|lateness|eventLoop)(P\d|Max)/
/** Above this many rows, as in any long run, a table no longer helps a reader and costs the page its size: the CSV has them. */
const mostRows = 240

/** The columns behind a chart, folded; figures are proved by the table's pointers instead of one a cell. */
export function dataTable(page: Page, name: string, keys: readonly SeriesKey[]): Markup {
  const { series } = page.result
  if (series.s.length > mostRows || inLongColumns(page))
    return html`<p class="note">Data of this chart: ${new Markup('<code>')}/series${new Markup('</code>')} in result.json, or the CSV button; too many columns for a table.</p>`
  const rows = series.s.map((s, index) => ({
    cells: [String(s), ...keys.map((key) => cellText(key, series[key][index] ?? null))],
  }))
  const pointers = ['s', ...keys].map((key) => `/series/${key}`)
  const head = ['s', ...keys.map(heading)]
  const caption = `${name}, a row a column of the chart`
  return html`<details class="data"><summary>Data of this chart</summary>${compactTable({ caption, pointers, head, rows })}</details>`
}

const heading = (key: SeriesKey) =>
  `${key
    .replace(/([A-Z])/g, ' $1')
    .replace(/P(\d+)/, 'p$1')
    .toLowerCase()}${latencyKey.test(key) ? ', ms' : ''}`

function cellText(key: SeriesKey, value: number | null): string {
  if (value === null) return noFigure
  if (latencyKey.test(key)) return formatLatencyMs(value)
  return Number.isInteger(value) ? formatCount(value) : formatRate(value)
}
