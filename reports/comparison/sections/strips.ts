import { type Dot, dotScale, dotStrips, orderChart, type Strip } from '../../charts/dotStrip.ts'
import { type Lane, laneStrip } from '../../charts/lanes.ts'
import type { Look } from '../../charts/looks.ts'
import { type Part, type Prose, plainText } from '../../figures.ts'
import { noFigure } from '../../format.ts'
import { type Content, compactTable, html, type Markup, type Row } from '../../html.ts'
import type { ComparisonArm, ComparisonMetric, ComparisonRun } from '../../schema/comparison.ts'
import { armName, type ComparisonPage, metricTitle, summaryIndex, token, valueAt, wordsOf } from '../page.ts'

export interface StripOptions {
  /** Arms to show. */
  readonly arms: readonly ComparisonArm[]
  /** Draw the interval of each arm's median. */
  readonly interval: boolean
  /** Draw the values against the order of the runs, too. */
  readonly order: boolean
}

/** The primary metrics in full, the others in a table of small strips. */
export function metricStrips(page: ComparisonPage, indices: readonly number[], options: StripOptions): Content {
  const full = indices.filter((index) => page.comparison.metrics[index]?.primary)
  const rest = indices.filter((index) => !full.includes(index))
  return html`${full.map((index) => metricFigure(page, index, options))}${metricTable(page, rest, options.arms)}`
}

/** One metric: every run a dot on one axis, an arm a row. */
function metricFigure(page: ComparisonPage, index: number, options: StripOptions): Markup {
  const { comparison } = page
  const metric = comparison.metrics[index] as ComparisonMetric
  const shown = comparison.runs.filter((run) => options.arms.some((arm) => arm.name === run.arm))
  const dots = shown.flatMap((run) => dotOf(page, metric, run))
  const id = `metric-${index}`
  const head = html`<figcaption><h3 id="h-${id}">${finding(page, index, options.arms)}</h3><p class="how" id="d-${id}">${how(options)}</p></figcaption>`
  const open = html`<figure class="chart strip-chart${options.order ? ' with-order' : ''}" id="chart-${id}" role="group" aria-labelledby="h-${id}" aria-describedby="d-${id}" data-metric="${metric.id}" data-unit="${metric.unit}" data-series="runs">`
  if (dots.length === 0) return html`${open}${head}<p class="none">No run has a figure for it.</p></figure>`
  const ends = options.interval ? intervalEnds(page, metric, options.arms) : []
  const scale = dotScale([...dots.map((dot) => dot.value), ...ends], metric.unit === 'us')
  const { tick } = wordsOf(metric)
  const strips = options.arms.map((arm) => stripOf(page, metric, arm, dots, options.interval))
  const last = comparison.runs.reduce((most, run) => Math.max(most, run.order), 0)
  const order = options.order ? orderChart(dots, last, scale, tick, `${metric.title} in the order of the runs`) : null
  return html`${open}${head}<div class="strip-pair">${dotStrips(id, strips, scale, tick)}${order}</div></figure>`
}

const how = ({ interval, order }: StripOptions): string =>
  [
    'Every run a dot, tick: median',
    interval ? ', line: its interval' : '',
    '; hollow: not counted.',
    order ? ' Right: the same dots in the order of the runs.' : '',
  ].join('')

function dotOf(page: ComparisonPage, metric: ComparisonMetric, run: ComparisonRun): Dot[] {
  const value = run.values[metric.id] ?? null
  if (value === null) return []
  const at = page.comparison.runs.indexOf(run)
  const text = plainText(valueAt(page.figures, metric, `/runs/${at}/values/${token(metric.id)}`))
  const reason = run.excluded === null ? '' : `; not counted: ${run.excluded}`
  return [
    {
      run: run.id,
      index: at,
      order: run.order,
      value,
      counts: run.excluded === null,
      title: `${run.order}: ${run.id}, ${text}${reason}`,
      look: page.looks.get(run.arm) as Look,
    },
  ]
}

function stripOf(
  page: ComparisonPage,
  metric: ComparisonMetric,
  arm: ComparisonArm,
  dots: readonly Dot[],
  interval: boolean,
): Strip {
  const { comparison, figures } = page
  const runs = comparison.runs.filter((run) => run.arm === arm.name)
  const own = dots.filter((dot) => runs.some((run) => run.id === dot.run))
  const at = summaryIndex(comparison, metric.id, arm.name)
  const summary = comparison.summaries[at]
  const median = summary ? valueAt(figures, metric, `/summaries/${at}/median`) : [noFigure]
  const range =
    interval && summary && summary.low !== null && summary.high !== null ? ([summary.low, summary.high] as const) : null
  return {
    name: armName(page, arm.name),
    label: `${arm.name}: ${metric.title}, median ${plainText(median)}`,
    dots: own,
    median: summary?.median ?? null,
    interval: range,
    end: html`<span class="big-end">${median}</span>${missing(page, metric, runs)}`,
  }
}

/** Many metrics in little room: a row each, and a line an arm: its name, its runs as dots, its median. */
function metricTable(page: ComparisonPage, indices: readonly number[], arms: readonly ComparisonArm[]): Content {
  if (indices.length === 0) return null
  const caption = 'Other metrics, each on an axis of its own: every run a dot, tick: median, ring: not counted'
  const rows = indices.map((index) => laneRow(page, index, arms))
  const head = ['metric', 'arm', 'every run', 'median']
  return compactTable({
    caption,
    pointers: ['/metrics', '/arms', '/runs', '/summaries'],
    head,
    rows,
    className: 'lanes',
  })
}

function laneRow(page: ComparisonPage, index: number, arms: readonly ComparisonArm[]): Row {
  const { comparison, figures, looks } = page
  const metric = comparison.metrics[index] as ComparisonMetric
  const lanes = arms.map(({ name }): Lane & { readonly words: string } => {
    const runs = comparison.runs.filter((run) => run.arm === name)
    const at = summaryIndex(comparison, metric.id, name)
    const median = at < 0 ? [noFigure] : valueAt(figures, metric, `/summaries/${at}/median`)
    const without = runs.filter((run) => (run.values[metric.id] ?? null) === null).map(({ order }) => order)
    return {
      className: looks.get(name)?.className ?? '',
      dots: runs.flatMap((run) => dotOf(page, metric, run)),
      median: comparison.summaries[at]?.median ?? null,
      words: plainText(without.length === 0 ? median : [...median, `, no figure: run ${without.join(', ')}`]),
    }
  })
  const values = lanes.flatMap(({ dots }) => dots.map(({ value }) => value))
  const title = plainText(metricTitle(page, index))
  const strip =
    values.length === 0
      ? 'no run has a figure for it'
      : laneStrip(lanes, dotScale(values, metric.unit === 'us'), `${title}: every run`, wordsOf(metric).tick)
  const [names, medians] = [arms.map(({ name }) => name), lanes.map(({ words }) => words)]
  return { data: { metric: metric.id }, cells: [title, names.join('\n'), strip, medians.join('\n')] }
}

/** A run without a figure has no dot: it is named instead. */
function missing(page: ComparisonPage, metric: ComparisonMetric, runs: readonly ComparisonRun[]): Content {
  const without = runs.filter((run) => (run.values[metric.id] ?? null) === null)
  if (without.length === 0) return null
  const names = without.map((run, index) => {
    const order = page.figures.at(`/runs/${page.comparison.runs.indexOf(run)}/order`, 'plain')
    return html`${index === 0 ? null : ', '}<span data-run="${run.id}" data-missing="${metric.id}">${order}</span>`
  })
  return html`<span class="aside">no figure: run ${names}</span>`
}

const intervalEnds = ({ comparison }: ComparisonPage, metric: ComparisonMetric, arms: readonly ComparisonArm[]) =>
  comparison.summaries
    .filter((entry) => entry.metric === metric.id && arms.some((arm) => arm.name === entry.arm))
    .flatMap(({ low, high }) => [low, high].filter((value) => value !== null))

/** `CPU per message: median 312 ms mysql, 401 ms mongo`. */
function finding(page: ComparisonPage, index: number, arms: readonly ComparisonArm[]): Prose {
  const { comparison, figures } = page
  const metric = comparison.metrics[index] as ComparisonMetric
  const parts = arms.flatMap((arm): Part[][] => {
    const at = arm.floorOnly ? -1 : summaryIndex(comparison, metric.id, arm.name)
    if (at < 0) return []
    return [
      [
        figures.quote(`/arms/${comparison.arms.indexOf(arm)}/name`),
        ' ',
        ...valueAt(figures, metric, `/summaries/${at}/median`),
      ],
    ]
  })
  const title = metricTitle(page, index)
  if (parts.length === 0) return [...title, ': no run counts']
  return [...title, ': ', ...parts.flatMap((part, at) => (at === 0 ? part : [', ', ...part]))]
}
