import { type Look, markOf } from '../charts/looks.ts'
import type { Timeline } from '../charts/timeline.ts'
import type { Figure, FigureFormat, Figures, Part, Prose } from '../figures.ts'
import {
  formatAxisBytes,
  formatAxisRate,
  formatCount,
  formatLatencyBound,
  formatSeconds,
  formatShare,
} from '../format.ts'
import { type Content, html } from '../html.ts'
import type { Comparison, ComparisonMetric, Effect, Summary } from '../schema/comparison.ts'

/** What every section of a comparison gets: plain values in, markup out; no section decides anything. */
export interface ComparisonPage {
  readonly comparison: Comparison
  readonly figures: Figures<Comparison>
  readonly looks: ReadonlyMap<string, Look>
  readonly timeline: Timeline
}

type Unit = ComparisonMetric['unit']

interface UnitWords {
  readonly format: FigureFormat
  /** Follows a figure where the format does not say it. */
  readonly suffix: string
  /** Follows a metric's title where figures stand alone. */
  readonly axis: Prose
  readonly tick: (value: number) => string
}

const plainTick = (value: number) => String(Number(value.toPrecision(3)))
export const units: Record<Exclude<Unit, 'share'>, UnitWords> = {
  us: { format: 'latency', suffix: '', axis: [], tick: formatLatencyBound },
  ratio: { format: 'ratio', suffix: '', axis: [], tick: (value) => `${plainTick(value)}x` },
  count: { format: 'count', suffix: '', axis: [], tick: formatAxisRate },
  perSecond: { format: 'rate', suffix: ' msg/s', axis: [], tick: formatAxisRate },
  s: { format: 'seconds', suffix: '', axis: [], tick: formatSeconds },
  msPerThousand: { format: 'number', suffix: ' ms', axis: ['ms per thousand messages'], tick: plainTick },
  MiB: { format: 'mebibytes', suffix: '', axis: [], tick: (value) => `${formatCount(value)} MiB` },
  bytesPerMessage: { format: 'bytes', suffix: '', axis: ['per message'], tick: formatAxisBytes },
  money: { format: 'significant', suffix: '', axis: [], tick: plainTick },
  callsPerMessage: { format: 'significant', suffix: '', axis: ['operations per message'], tick: plainTick },
}

/** A share is cut towards its bad side, which depends on what the metric wants. */
export function wordsOf({ unit, better }: Pick<ComparisonMetric, 'unit' | 'better'>): UnitWords {
  if (unit !== 'share') return units[unit]
  const bad = better === 'higher' ? 'low' : 'high'
  return {
    format: bad === 'low' ? 'goodShare' : 'badShare',
    suffix: '',
    axis: [],
    tick: (value) => formatShare(value, bad),
  }
}

export const metricIndex = ({ metrics }: Comparison, id: string): number =>
  metrics.findIndex((metric) => metric.id === id)

/** A figure of a metric with its unit, or the dash. */
export function valueAt(figures: Figures<Comparison>, metric: ComparisonMetric, pointer: string): Prose {
  const { format, suffix } = wordsOf(metric)
  const figure = figures.at(pointer, format)
  return typeof figure === 'string' || suffix === '' ? [figure] : [figure, suffix]
}

/** Escapes a name for its place in a JSON pointer. */
export const token = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** `1.6x to 2.1x`, or the dash. */
export function intervalAt(figures: Figures<Comparison>, pointer: string): Prose {
  const [low, high] = ['low', 'high'].map((end) => figures.at(`${pointer}/${end}`, 'ratio')) as (Figure | string)[]
  if (typeof low === 'string' || typeof high === 'string') return ['–']
  return [low as Part, ' to ', high as Part]
}

export const metricTitle = (page: ComparisonPage, index: number): Prose => {
  const metric = page.comparison.metrics[index] as ComparisonMetric
  const { axis } = wordsOf(metric)
  return [page.figures.quote(`/metrics/${index}/title`), ...(axis.length > 0 ? [', ', ...axis] : [])]
}

/** The arm's mark and name, proved by the document. */
export function armName({ comparison, figures, looks }: ComparisonPage, name: string): Content {
  const index = comparison.arms.findIndex((arm) => arm.name === name)
  return html`<span class="arm">${markOf(looks.get(name))}${figures.quote(`/arms/${index}/name`)}</span>`
}

/** `mongo / mysql`, as the ratio is formed. */
export const pairName = ({ figures }: ComparisonPage, index: number): Content =>
  html`${figures.quote(`/effects/${index}/arm`)} / ${figures.quote(`/effects/${index}/baseline`)}`

export const summaryIndex = ({ summaries }: Comparison, metric: string, arm: string): number =>
  summaries.findIndex((entry: Summary) => entry.metric === metric && entry.arm === arm)

export const floorIndex = ({ floors }: Comparison, metric: string): number =>
  floors.findIndex((floor) => floor.metric === metric)

type Tone = 'better' | 'worse' | 'same' | 'open'
export const tones: Record<Effect['decision'], Tone> = {
  better: 'better',
  worse: 'worse',
  equivalent: 'same',
  'cannot tell': 'open',
  'not decided': 'open',
}

/** The decision as a word in a box. */
export const decisionBadge = ({ figures, comparison }: ComparisonPage, index: number): Content => {
  const { decision } = comparison.effects[index] as Effect
  return html`<span class="decision ${tones[decision]}">${figures.quote(`/effects/${index}/decision`)}</span>`
}
