import { plainText } from '../../figures.ts'
import { noFigure } from '../../format.ts'
import { type Content, compactTable, html, type Markup, type Row } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import type { ComparisonMetric } from '../../schema/comparison.ts'
import { type ComparisonPage, metricTitle, token, valueAt } from '../page.ts'
import { metricStrips } from './strips.ts'

type Group = ComparisonMetric['group']

export const metricsOf = ({ comparison }: ComparisonPage, wanted: (group: Group) => boolean): number[] =>
  comparison.metrics.flatMap((metric, index) => (wanted(metric.group) ? [index] : []))

/**
 * Every run of every metric but cost and reads, which have sections of their own: the primary metrics in full, the rest
 * in a table of small strips; then all values in words.
 */
export function runsSection(page: ComparisonPage): Section {
  const { arms, runs } = page.comparison
  const shown = metricsOf(page, (group) => group !== 'cost' && group !== 'reads')
  const body =
    runs.length === 0
      ? html`<p class="none">No run was finished.</p>`
      : html`${excludedNote(page)}${metricStrips(page, shown, { arms, interval: false, order: true })}${valuesTable(page)}`
  return { id: 'runs', title: 'Every run', body }
}

/** What hollow dots are, once for all pictures. */
function excludedNote({ comparison, figures }: ComparisonPage): Content {
  const out = comparison.runs.flatMap(({ excluded }, index) => (excluded === null ? [] : [index]))
  const orders = out.map((run, index) => html`${index === 0 ? null : ', '}${figures.at(`/runs/${run}/order`, 'plain')}`)
  return out.length === 0
    ? null
    : html`<p class="note">Hollow dots are runs that do not count: ${orders}; <a href="#fair">why</a>.</p>`
}

/** A row a metric, a line an arm: the values of its runs in the order in which they ran. */
function valuesTable(page: ComparisonPage): Markup {
  const { arms, runs, metrics } = page.comparison
  const byArm = arms.map(({ name }) => {
    const indices = runs.flatMap((run, index) => (run.arm === name ? [index] : []))
    return indices.sort((a, b) => orderOf(page, a) - orderOf(page, b))
  })
  const names = arms.map(({ name }) => name).join('\n')
  const turns = arms.map(({ name }, arm) => `${name}: ${byArm[arm]?.map((index) => orderOf(page, index)).join(', ')}`)
  const rows = metrics.map((metric, index): Row => {
    const lines = byArm.map((own) => own.map((run) => valueWords(page, metric, run)).join(', '))
    const title = plainText(metricTitle(page, index))
    return { data: { 'values-of': metric.id }, cells: [title, names, lines.join('\n')] }
  })
  const caption = html`Values in the order of the runs (${turns.join('; ')}); in brackets: not counted`
  const head = ['metric', 'arm', 'values']
  return html`<details class="data"><summary>Every value as a table</summary>${compactTable({ caption, pointers: ['/runs'], head, rows, className: 'lines' })}</details>`
}

const orderOf = ({ comparison }: ComparisonPage, index: number): number => comparison.runs[index]?.order ?? 0

function valueWords({ comparison, figures }: ComparisonPage, metric: ComparisonMetric, index: number): string {
  const run = comparison.runs[index]
  const known = run !== undefined && metric.id in run.values
  const text = known ? plainText(valueAt(figures, metric, `/runs/${index}/values/${token(metric.id)}`)) : noFigure
  return run?.excluded === null ? text : `(${text})`
}
