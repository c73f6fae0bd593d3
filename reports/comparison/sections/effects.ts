import {
  type ForestRow,
  type ForestScale,
  forestAxis,
  forestGrid,
  forestPlot,
  forestScale,
} from '../../charts/forest.ts'
import { fixed, type Prose } from '../../figures.ts'
import { type Content, html, type Markup, type Row, table } from '../../html.ts'
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

function block(page: ComparisonPage, better: Better, scale: ForestScale): Markup | null {
  const { comparison } = page
  const own = comparison.effects.flatMap((effect, index) =>
    comparison.metrics[metricIndex(comparison, effect.metric)]?.better === better ? [{ effect, index }] : [],
  )
  if (own.length === 0) return null
  const rows = own.map(({ effect, index }, at) =>
    effectRow(page, index, scale, own[at - 1]?.effect.metric !== effect.metric),
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
  return html`<figure class="chart forest" id="chart-effects-${better}" role="group" aria-labelledby="h-effects-${better}" aria-describedby="d-effects-${better}" data-unit="ratio" data-x0="${-scale.reach}" data-x1="${scale.reach}" data-series="effects">
<figcaption><h3 id="h-effects-${better}">${finding(
    page,
    better,
    own.map(({ index }) => index),
  )}</h3><p class="how" id="d-effects-${better}">Point: ratio of medians; line: its interval; whole points are decided, open rings are not.</p></figcaption>
${table({ caption: 'Effects, in the order in which the metrics were declared', head, rows, className: 'forest-table' })}</figure>`
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
