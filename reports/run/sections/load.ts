import { linearScale } from '../../charts/scale.ts'
import { type Line, timeChart } from '../../charts/timeChart.ts'
import { fixed, type Part } from '../../figures.ts'
import { deliveriesFinding, loadFinding } from '../../findings.ts'
import { formatAxisRate } from '../../format.ts'
import { type Content, html, type Markup, type Row, table } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import type { PhaseResult } from '../../schema/result.ts'
import { dataTable, eachColumn, inLongColumns, type Page } from '../page.ts'
import { latenessChart } from './validity.ts'

/** Was the asked load really offered, and taken? */
export function loadSection(page: Page): Section {
  const body = html`${columnsNote(page)}${ratesChart(page)}${phaseTable(page)}${deliveriesChart(page)}${latenessChart(page)}`
  return { id: 'load', title: 'Was the load really offered, and taken?', body }
}

const timesDoubled = ({ result, figures }: Page): Content =>
  result.series.doublings === 1 ? 'once' : [figures.at('/series/doublings', 'count'), ' times']

/** What a reader of a long run must know of every chart below. */
function columnsNote(page: Page): Markup {
  const { result, figures } = page
  if (!inLongColumns(page)) return html``
  const doubled =
    result.series.doublings === undefined
      ? null
      : html` The width was doubled ${timesDoubled(page)} to keep this page within ${fixed('400 kB')}.`
  return html`<p class="note" id="columns">A run of ${figures.at('/run/durationS', 'seconds')}: charts have columns of ${figures.at('/series/widthS', 'seconds')}, shorter where a phase or a fault begins or ends.${doubled} Latencies of a column are counted together before a quantile is read; a maximum is the largest, a rate the count over the column, and the worst second keeps its p99. Objectives, validity and recovery are judged by seconds.</p>`
}

const valuesOf = (lines: readonly Line[]) => lines.flatMap((line) => line.values.filter((value) => value !== null))

const overColumns = (page: Page): Part[] => (inLongColumns(page) ? [', ', ...eachColumn(page)] : [])

function ratesChart(page: Page): Markup {
  const { result, figures, timeline, columns, notEvidence } = page
  const { series } = result
  if (series.s.length === 0) return html`<p class="none">Load: no seconds were recorded.</p>`
  const lines: Line[] = (['acked', 'goodput', 'sent', 'offered'] as const).map((name) => ({
    name,
    label: name,
    key: name,
    values: series[name],
    style: 'step',
  }))
  return timeChart(
    {
      id: 'load',
      finding: loadFinding(figures),
      how: [
        'Messages a second',
        ...overColumns(page),
        ': offered, sent and acked by the clock, goodput by due time. Close together: the load was taken.',
      ],
      unit: 'msg/s',
      height: 240,
      scale: linearScale(valuesOf(lines)),
      tickText: formatAxisRate,
      columns,
      lines,
      marks: [],
      instants: [],
      notEvidence,
      data: dataTable(page, 'Load, messages a second', ['offered', 'sent', 'acked', 'goodput', 'refused']),
    },
    timeline,
  )
}

function deliveriesChart(page: Page): Markup {
  const { result, figures, timeline, columns, notEvidence } = page
  const { series } = result
  if (series.s.length === 0) return html``
  const lines: Line[] = [
    { name: 'deliveries', label: 'deliveries', key: 'delivered', values: series.delivered, style: 'step' },
  ]
  return timeChart(
    {
      id: 'deliveries',
      finding: deliveriesFinding(figures),
      how: ['Deliveries a second', ...overColumns(page), ': one message counts once for each member who read it.'],
      unit: '1/s',
      height: 180,
      scale: linearScale(valuesOf(lines), 4),
      tickText: formatAxisRate,
      columns,
      lines,
      marks: [],
      instants: [],
      notEvidence,
      data: null,
    },
    timeline,
  )
}

function phaseTable(page: Page): Markup {
  return table({
    caption: 'Messages by phase, by the time they were due',
    head: [
      'phase',
      '#from, msg/s',
      '#to, msg/s',
      '#intended',
      '#sent',
      '#acked',
      '#in time',
      '#deliveries',
      '#deliveries due',
      '#refused',
      '#indeterminate',
    ],
    rows: page.result.phases.map((phase, index) => phaseRow(page, phase, index)),
  })
}

function phaseRow({ figures }: Page, phase: PhaseResult, index: number): Row {
  const at = `/phases/${index}`
  const counts = ['intended', 'sent', 'acked', 'goodput', 'delivered', 'expectedDeliveries'].map((name) =>
    figures.at(`${at}/${name}`, 'count'),
  )
  const refused: Content =
    phase.refused.length === 0
      ? 'none'
      : phase.refused.map(
          ({ code }, i) =>
            html`<span class="refused"><code>${code}</code> ${figures.at(`${at}/refused/${i}/count`, 'count')}</span> `,
        )
  const rates = [figures.at(`${at}/fromRate`, 'rate'), figures.at(`${at}/toRate`, 'rate')]
  const name = phase.measured ? phase.name : `${phase.name} (not judged)`
  const cells = [name, ...rates, ...counts, refused, figures.at(`${at}/indeterminate`, 'count')]
  return { data: { phase: phase.name }, cells, tone: phase.measured ? undefined : 'quiet' }
}
