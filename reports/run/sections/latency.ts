import { heatmapFigure } from '../../charts/heatmap.ts'
import { logScale } from '../../charts/scale.ts'
import { spectrumFigure } from '../../charts/spectrum.ts'
import { type Line, type Mark, timeChart, worstLine } from '../../charts/timeChart.ts'
import { fixed } from '../../figures.ts'
import { heatmapFinding, latencyFinding, spectrumFinding } from '../../findings.ts'
import { formatLatencyBound } from '../../format.ts'
import { type Content, html, type Markup, type Row, table } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import type { PhaseResult, Result } from '../../schema/result.ts'
import { quantileName } from '../../wording.ts'
import { dataTable, eachColumn, inLongColumns, type Page, worstWords } from '../page.ts'

/** How long did people wait? */
export function latencySection(page: Page): Section {
  const { result, figures, timeline, columns, notEvidence } = page
  const by = inLongColumns(page) ? eachColumn(page) : ['by second']
  const heat = {
    heatmap: result.heatmap,
    columns,
    finding: heatmapFinding(figures),
    how: ['All deliveries ', ...by, ' and by latency; darker is more (lighter on dark). Outlined: the slowest.'],
    notEvidence,
  }
  const body = html`${quantileChart(page)}
${heatmapFigure(heat, timeline)}
<div class="pair wide-left"><div>${latencyTable(page, 'delivery')}${latencyTable(page, 'ack')}${persistTable(page)}${serviceNote()}</div>
${spectrumFigure(result, spectrumFinding(figures), notEvidence)}</div>`
  return { id: 'latency', title: 'How long did people wait?', body }
}

/** More would touch each other and become a band. */
const mostDots = 240

function quantileChart(page: Page): Markup {
  const { result, figures, timeline, columns, notEvidence } = page
  const { series } = result
  const maxStyle = columns.s.length > mostDots ? 'line' : 'dots'
  const lines: Line[] = [
    { name: 'p50', label: 'p50', key: 'deliveryP50', values: series.deliveryP50, style: 'line' },
    { name: 'max', label: 'max', key: 'deliveryMax', values: series.deliveryMax, style: maxStyle },
    ...worstLine('deliveryP99Worst', series.deliveryP99Worst),
    { name: 'p99', label: 'p99', key: 'deliveryP99', values: series.deliveryP99, style: 'line' },
  ]
  const drawn = lines.flatMap((line) => line.values.filter((value) => value !== null))
  if (drawn.length === 0) return html`<p class="none">Latency over time: no samples, because nothing was delivered.</p>`
  const marks = deliveryMarks(result)
  // The page can show the other latencies in this frame: the axis holds them all.
  const others = [series.ackP50, series.ackMax, series.serviceP50, series.serviceMax]
    .flat()
    .filter((value) => value !== null)
  return timeChart(
    {
      id: 'latency',
      finding: latencyFinding(figures),
      how: [
        'Delivery latency from the moment a message was due, ',
        ...eachColumn(page),
        ...worstWords(page),
        '. Logarithmic: each grid line is about twice the one below.',
      ],
      unit: 'us',
      height: 280,
      scale: logScale([...drawn, ...others, ...marks.map((mark) => mark.value)]),
      tickText: formatLatencyBound,
      columns,
      lines,
      marks,
      instants: [],
      notEvidence,
      data: dataTable(page, 'Delivery latency', ['deliveryP50', 'deliveryP99', 'deliveryMax']),
    },
    timeline,
  )
}

/** SLO lines over the phases they apply to; neighbours with one bound become one line. */
function deliveryMarks({ slos, phases }: Result): Mark[] {
  const marks: Mark[] = []
  for (const slo of slos) {
    if (slo.metric !== 'delivery' || slo.quantile === null) continue
    const whole = slo.phase === 'measured' || slo.phase === 'run'
    const own = phases.filter((phase) => (whole ? phase.measured : phase.name === slo.phase))
    const first = own[0]
    const last = own.at(-1)
    if (!first || !last) continue
    const mark: Mark = {
      value: slo.bound,
      fromS: first.startS,
      toS: last.startS + last.durationS,
      label: `SLO ${quantileName(slo.quantile)} ≤ ${formatLatencyBound(slo.bound)}`,
      className: 'slo',
    }
    const before = marks.findIndex((other) => other.label === mark.label && other.toS === mark.fromS)
    if (before >= 0) marks[before] = { ...(marks[before] as Mark), toS: mark.toS }
    else if (!marks.some((other) => other.label === mark.label && other.fromS === mark.fromS)) marks.push(mark)
  }
  return marks
}

const titles = { delivery: 'Delivery latency by phase, ms', ack: 'Ack latency by phase, ms' } as const

function latencyTable(page: Page, kind: keyof typeof titles): Markup {
  return table({
    caption: titles[kind],
    head: ['phase', '#messages', '#p50', '#p90', '#p99', '#p99.9', '#max', '#service-time p99'],
    rows: page.result.phases.map((phase, index) => latencyRow(page, phase, index, kind)),
  })
}

const quantiles = ['p50', 'p90', 'p99', 'p999', 'max'] as const

function latencyRow({ figures }: Page, phase: PhaseResult, index: number, kind: keyof typeof titles): Row {
  const at = `/phases/${index}/${kind}`
  const own = phase[kind]
  const tone = phase.measured ? undefined : ('quiet' as const)
  const name = phase.measured ? phase.name : `${phase.name} (not judged)`
  if (own === null) return { tone, cells: [name, '– no samples', ...Array.from({ length: 6 }, () => '–')] }
  const cells = quantiles.map((quantile): Content => {
    const figure = figures.at(`${at}/${quantile}`, 'ms')
    return own.thin.includes(quantile) ? html`<span class="thin">(${figure})</span>` : figure
  })
  const service = phase[`${kind}Service`]
  const serviceCell = service === null ? '–' : figures.at(`/phases/${index}/${kind}Service/p99`, 'ms')
  return { tone, cells: [name, figures.at(`${at}/messages`, 'count'), ...cells, serviceCell] }
}

/** From due to stored, by the persister's word; a pipeline that stores before the RECEIPT needs none. */
function persistTable({ result, figures }: Page): Markup {
  if (result.phases.every((phase) => phase.persistReported === null))
    return html`<p class="note">Due to stored: not reported by this system. Where a RECEIPT means stored, the ack latency is its upper bound.</p>`
  const rows = result.phases.map((phase, index): Row => {
    const own = phase.persistReported
    const name = phase.measured ? phase.name : `${phase.name} (not judged)`
    const tone = phase.measured ? undefined : ('quiet' as const)
    if (own === null) return { tone, cells: [name, '– no samples', ...Array.from({ length: 5 }, () => '–')] }
    const at = `/phases/${index}/persistReported`
    const cells = quantiles.map((quantile): Content => {
      const figure = figures.at(`${at}/${quantile}`, 'ms')
      return own.thin.includes(quantile) ? html`<span class="thin">(${figure})</span>` : figure
    })
    return { tone, cells: [name, figures.at(`${at}/n`, 'count'), ...cells] }
  })
  const head = ['phase', '#samples', '#p50', '#p90', '#p99', '#p99.9', '#max']
  return html`${table({ caption: 'Due to stored, as the persister reports it, ms', head, rows })}<p class="note">Of the first message due in each ${fixed('10')} ms. That each was stored is the audit's finding; when, is the persister's own word.</p>`
}

const serviceNote = (): Markup =>
  html`<p class="note">In brackets: fewer than ${fixed('10')} messages lie beyond. Service time starts when the frame was written, not when it was due: it is what a tool with coordinated omission would have shown.</p>`
