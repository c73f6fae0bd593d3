import { plainText } from '../../figures.ts'
import { noFigure } from '../../format.ts'
import { type Content, compactTable, html, type Markup, type Row } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import type { ComparisonMetric } from '../../schema/comparison.ts'
import { type ComparisonPage, metricTitle, token, valueAt } from '../page.ts'
import { metricFigure } from './strips.ts'

type Group = ComparisonMetric['group']

export const metricsOf = ({ comparison }: ComparisonPage, wanted: (group: Group) => boolean): number[] =>
  comparison.metrics.flatMap((metric, index) => (wanted(metric.group) ? [index] : []))

/** Every run of every metric but cost and reads, which have sections of their own; then all values as a table. */
export function runsSection(page: ComparisonPage): Section {
  const { arms, runs } = page.comparison
  const shown = metricsOf(page, (group) => group !== 'cost' && group !== 'reads')
  const figures = shown.map((index) => metricFigure(page, index, { arms, interval: false, order: true }))
  const body =
    runs.length === 0
      ? html`<p class="none">No run was finished.</p>`
      : html`${excludedNote(page)}${figures}${valuesTable(page)}`
  return { id: 'runs', title: 'Every run', body }
}

/** Why dots are hollow, once for all pictures. */
function excludedNote({ comparison, figures }: ComparisonPage): Content {
  const notes = comparison.runs.flatMap((run, index) =>
    run.excluded === null
      ? []
      : [
          html`<li>${figures.at(`/runs/${index}/order`, 'plain')}: ${figures.quote(`/runs/${index}/id`)}: ${figures.quote(`/runs/${index}/excluded`)}</li>`,
        ],
  )
  return notes.length === 0
    ? null
    : html`<p class="note">Hollow dots are runs that do not count:</p><ul class="note hollow-list">${notes}</ul>`
}

function valuesTable(page: ComparisonPage): Markup {
  const { comparison, figures } = page
  const head = ['run', 'arm', ...comparison.metrics.map((_, index) => metricTitle(page, index))]
  const rows = comparison.runs.map((run, at): Row => {
    const values = comparison.metrics.map((metric) =>
      metric.id in run.values
        ? plainText(valueAt(figures, metric, `/runs/${at}/values/${token(metric.id)}`))
        : noFigure,
    )
    return { ...(run.excluded === null ? {} : { tone: 'quiet' }), cells: [String(run.order), run.arm, ...values] }
  })
  const caption = 'Values by run, in the order of the runs'
  return html`<details class="data"><summary>Every value as a table</summary>${compactTable({ caption, pointers: ['/runs'], head, rows })}</details>`
}
