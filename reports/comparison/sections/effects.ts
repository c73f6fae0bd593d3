import {
  type ForestRow,
  type ForestScale,
  forestAxis,
  forestGrid,
  forestLanes,
  forestPlot,
  forestScale,
} from '../../charts/forest.ts'
import { fixed, type Prose, plainText } from '../../figures.ts'
import { type Content, compactTable, html, type Markup, type Row, table } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import type { ComparisonMetric, Effect } from '../../schema/comparison.ts'
import { type ComparisonPage, decisionBadge, floorIndex, intervalAt, metricIndex, pairName, tones } from '../page.ts'
import { missedList } from './cost.ts'

type Better = ComparisonMetric['better']

/** All effects on one axis, in two blocks, so that no ratio has to be turned round. */
export function effectsSection(page: ComparisonPage): Section {
  const { effects, delta } = page.comparison
  const title = 'All effects at a glance'
  if (effects.length === 0)
    return { id: 'effects', title, body: html`<p class="none">No pair of arms has runs to compare.</p>` }
  const scale = forestScale(
    effects.map((effect) => forestRow(page, effect)),
    delta,
  )
  return {
    id: 'effects',
    title,
    body: html`${forestGrid(scale, delta)}${legend(page)}${block(page, 'lower', scale)}${block(page, 'higher', scale)}${notCompared(page)}`,
  }
}

function forestRow({ comparison }: ComparisonPage, effect: Effect): ForestRow {
  const { ratio, low, high, decision } = effect
  const floor = comparison.floors[floorIndex(comparison, effect.metric)] ?? null
  return { ratio, low, high, floor, tone: tones[decision] }
}

/** Pairs that are missing above are missing for a reason. */
function notCompared(page: ComparisonPage): Content {
  const costs = page.comparison.metrics.some(({ group }) => group === 'cost')
  const list = costs ? missedList(page) : null
  return list === null ? null : html`<h3 class="apart">Cost is compared at the same service level only</h3>${list}`
}

function legend({ comparison, figures }: ComparisonPage): Markup {
  const sample = (inner: Markup) => html`<svg class="key" viewBox="0 0 32 16" aria-hidden="true">${inner}</svg>`
  const point = (tone: string) => sample(html`<circle class="point ${tone}" cx="16" cy="8" r="5"/>`)
  const floor = html`<span>${sample(html`<rect class="floor" width="32" height="16"/>`)} what two runs of the same arm differ by (A/A)</span>`
  return html`<p class="legend keys"><span>${sample(html`<line class="whisker" x1="2" x2="30" y1="8" y2="8"/><circle class="point better" cx="16" cy="8" r="5"/>`)} ratio of medians and its interval: better</span><span>${point('worse')} worse</span><span>${point('same')} equivalent</span><span>${point('open')} cannot tell</span><span>${sample(html`<rect class="delta" width="32" height="16"/>`)} too small to act on: within ${figures.at('/delta', 'ratio')}</span>${comparison.floors.length > 0 ? floor : html`<span>no A/A pair was run: the noise floor is unknown</span>`}</p>`
}

/** The primary metrics a row an effect, all others a row a metric. */
function block(page: ComparisonPage, better: Better, scale: ForestScale): Content {
  const { comparison } = page
  const own = comparison.effects.flatMap(({ metric: id }, index) => {
    const metric = comparison.metrics[metricIndex(comparison, id)]
    return metric?.better === better ? [{ index, metric }] : []
  })
  if (own.length === 0) return null
  const indices = (primary: boolean) => own.flatMap(({ index, metric }) => (metric.primary === primary ? [index] : []))
  const [first, rest] = [indices(true), indices(false)]
  const all = own.map(({ index }) => index)
  const tables = html`${first.length === 0 ? null : primaryTable(page, first, better, scale)}${rest.length === 0 ? null : otherTable(page, rest, better, scale)}`
  return html`<figure class="chart forest" id="chart-effects-${better}" role="group" aria-labelledby="h-effects-${better}" aria-describedby="d-effects-${better}" data-unit="ratio" data-x0="${-scale.reach}" data-x1="${scale.reach}" data-series="effects">
<figcaption><h3 id="h-effects-${better}">${finding(page, better, all)}</h3><p class="how" id="d-effects-${better}">Point: ratio of medians; line: its interval; whole points are decided, open rings are not.</p></figcaption>
${tables}</figure>`
}

function primaryTable(page: ComparisonPage, indices: readonly number[], better: Better, scale: ForestScale): Markup {
  const { effects } = page.comparison
  const rows = indices.map((index, at) =>
    effectRow(page, index, scale, effects[indices[at - 1] ?? -1]?.metric !== effects[index]?.metric),
  )
  const head = [
    'metric',
    'arm / baseline',
    { label: 'plot', content: forestAxis(scale, better) },
    '#ratio',
    { label: '#95 % interval', content: fixed('95 % interval') },
    '#runs',
    'decision',
  ]
  return table({ caption: 'Primary metrics, declared before the runs', head, rows, className: 'forest-table' })
}

function otherTable(page: ComparisonPage, indices: readonly number[], better: Better, scale: ForestScale): Markup {
  const { comparison } = page
  const byMetric = Map.groupBy(indices, (index) => (comparison.effects[index] as Effect).metric)
  const rows = [...byMetric].map(([id, own]) => metricRow(page, metricIndex(comparison, id), own, scale))
  const head = ['metric', 'arm / baseline', forestAxis(scale, better), 'ratio', '95 % interval', 'decision']
  const caption = 'Other metrics, a line a pair'
  return compactTable({ caption, pointers: ['/effects', '/metrics'], head, rows, className: 'forest-lanes' })
}

/** The lines of a cell stand beside the lanes of the drawing: one a pair, in the same order. */
function metricRow(page: ComparisonPage, metric: number, indices: readonly number[], scale: ForestScale): Row {
  const { comparison, figures } = page
  const effects = indices.map((index) => comparison.effects[index] as Effect)
  const lines = (cell: (index: number) => Prose) => indices.map((index) => plainText(cell(index))).join('\n')
  return {
    data: { effects: indices.join(' ') },
    cells: [
      comparison.metrics[metric]?.title ?? '',
      effects.map(({ arm, baseline }) => `${arm} / ${baseline}`).join('\n'),
      forestLanes(
        effects.map((effect) => forestRow(page, effect)),
        scale,
      ),
      lines((index) => [figures.at(`/effects/${index}/ratio`, 'ratio')]),
      lines((index) => intervalAt(figures, `/effects/${index}`)),
      effects.map(({ decision }) => decision).join('\n'),
    ],
  }
}

function finding({ comparison, figures }: ComparisonPage, better: Better, own: readonly number[]): Prose {
  const pointers = (indices: readonly number[]) => indices.map((index) => `/effects/${index}`)
  const decided = own.filter((index) => ['better', 'worse'].includes(comparison.effects[index]?.decision ?? ''))
  const told = decided.length === 0 ? 'none' : figures.derived('entries', pointers(decided), 'count')
  const head = better === 'lower' ? 'Lower is better: ' : 'Higher is better: '
  return [head, told, ' of ', figures.derived('entries', pointers(own), 'count'), ' differences decided']
}

function effectRow(page: ComparisonPage, index: number, scale: ForestScale, first: boolean): Row {
  const { comparison, figures } = page
  const effect = comparison.effects[index] as Effect
  const at = `/effects/${index}`
  return {
    data: { effect: String(index), decision: effect.decision, ...(first ? { first: '' } : {}) },
    cells: [
      figures.quote(`/metrics/${metricIndex(comparison, effect.metric)}/title`),
      pairName(page, index),
      forestPlot(forestRow(page, effect), scale),
      figures.at(`${at}/ratio`, 'ratio'),
      intervalAt(figures, at),
      html`${figures.at(`${at}/n/0`, 'count')}+${figures.at(`${at}/n/1`, 'count')}`,
      decisionBadge(page, index),
    ],
  }
}
