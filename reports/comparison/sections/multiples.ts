import {
  type CurveRun,
  columnWidthS,
  type Level,
  type Panel,
  spectrumPanel,
  type TimeRun,
  timePanel,
} from '../../charts/panels.ts'
import { linearScale, logScale, type Scale } from '../../charts/scale.ts'
import { reach } from '../../charts/spectrum.ts'
import type { Part, Prose } from '../../figures.ts'
import { formatAxisRate, formatLatencyBound } from '../../format.ts'
import { type Content, html, type Markup } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import type { ComparisonArm, ComparisonPhase, ComparisonRun } from '../../schema/comparison.ts'
import { quantileName } from '../../wording.ts'
import { armName, type ComparisonPage, summaryIndex, valueAt } from '../page.ts'

/** Pictures with a panel an arm: how latencies spread, and how each run rode the spike. */

const kindOf = (run: ComparisonRun, arm: ComparisonArm) =>
  run.excluded !== null ? 'not-counted' : run.id === arm.medianRun ? 'thick' : 'each'

function panelsOf<T>(
  page: ComparisonPage,
  picture: string,
  what: string,
  take: (run: ComparisonRun, arm: ComparisonArm) => T | null,
): Panel<T>[] {
  const { comparison, figures, looks } = page
  return comparison.arms.map((arm, index) => {
    const runs = comparison.runs.filter((run) => run.arm === arm.name).flatMap((run) => take(run, arm) ?? [])
    const note = arm.medianRun === null ? null : figures.quote(`/arms/${index}/medianRun`)
    return {
      picture,
      first: index === 0,
      name: armName(page, arm.name),
      note,
      label: `${arm.name}: ${what}`,
      className: looks.get(arm.name)?.className ?? '',
      runs,
    }
  })
}

interface MultipleFigure {
  readonly id: string
  readonly unit: string
  readonly finding: Prose
  readonly how: string
  readonly panels: readonly Markup[]
}

const multipleFigure = ({ id, unit, finding, how, panels }: MultipleFigure): Markup =>
  html`<figure class="chart multiple" id="chart-${id}" role="group" aria-labelledby="h-${id}" aria-describedby="d-${id}" data-unit="${unit}" data-series="runs">
<figcaption><h3 id="h-${id}">${finding}</h3><p class="how" id="d-${id}">${how}</p></figcaption>
<div class="panels n${Math.min(panels.length, 6)}">${panels}</div></figure>`

const medianNote = ({ comparison, figures }: ComparisonPage): Content => {
  const index = comparison.metrics.findIndex((metric) => metric.id === comparison.medianRunMetric)
  if (index < 0) return null
  return html`<p class="note">Thick is one real run of each arm, named beside it: the middle one by ${figures.quote(`/metrics/${index}/title`)}. No curve is a mean of runs. Dashed: runs that do not count.</p>`
}

/** Levels of delivery latency that apply to a phase; none where a phase is null: then all. */
function levelsOf({ comparison, timeline }: ComparisonPage, wanted: ComparisonPhase['name'] | null): Level[] {
  return comparison.workload.slos.flatMap(({ delivery }) => {
    if (delivery === null) return []
    const phases = comparison.phases.filter(
      (phase) =>
        (delivery.phase === phase.name || (delivery.phase === 'measured' && phase.measured)) &&
        (wanted ?? phase.name) === phase.name,
    )
    if (phases.length === 0) return []
    const label = `SLO ${quantileName(delivery.quantile)} ≤ ${formatLatencyBound(delivery.boundUs)}`
    const fromS = Math.min(...phases.map((phase) => phase.startS))
    const toS = Math.min(timeline.endS, Math.max(...phases.map((phase) => phase.startS + phase.durationS)))
    return [{ value: delivery.boundUs, label, fromS, toS, quantile: delivery.quantile }]
  })
}

export function shapeSection(page: ComparisonPage): Section {
  const { comparison } = page
  const curves = comparison.runs.flatMap((run) => run.spectrum.filter((curve) => curve.points.length > 0))
  const phases = comparison.phases.filter((phase) => curves.some((curve) => curve.phase === phase.name))
  const title = 'How do the distributions differ?'
  if (phases.length === 0)
    return { id: 'shape', title, body: html`<p class="none">No run carries a percentile spectrum.</p>` }
  const bounds = comparison.workload.slos.flatMap(({ delivery }) => (delivery === null ? [] : [delivery.boundUs]))
  const scale = logScale([...curves.flatMap((curve) => curve.points.map(([, us]) => us)), ...bounds])
  const decades = reach(curves)
  const figures = phases.map(({ name }) => shapeFigure(page, name, scale, decades))
  return { id: 'shape', title, body: html`${medianNote(page)}${figures}` }
}

function shapeFigure(page: ComparisonPage, phase: ComparisonPhase['name'], scale: Scale, decades: number): Markup {
  const panels = panelsOf(
    page,
    `shape-${phase}`,
    `delivery latency by percentile in ${phase}`,
    (run, arm): CurveRun | null => {
      const curve = run.spectrum.find((entry) => entry.phase === phase && entry.points.length > 0)
      return curve ? { run: run.id, kind: kindOf(run, arm), points: curve.points, solid: curve.solid } : null
    },
  )
  const levels = levelsOf(page, phase)
  return multipleFigure({
    id: `shape-${phase}`,
    unit: 'us',
    finding: shapeFinding(page, phase),
    how: 'Delivery latency by percentile. Each step right is ten times rarer; dotted: fewer than ten messages beyond.',
    panels: panels.map((panel) => spectrumPanel(panel, scale, decades, levels)),
  })
}

/** The medians of the phase's p99, where that was a metric. */
function shapeFinding({ comparison, figures }: ComparisonPage, phase: string): Prose {
  const metric = comparison.metrics.find(({ id }) => id === `delivery/p99/${phase}`)
  const parts = comparison.arms.flatMap((arm, index): Part[][] => {
    const at = metric && !arm.floorOnly ? summaryIndex(comparison, metric.id, arm.name) : -1
    if (!metric || at < 0) return []
    return [[figures.quote(`/arms/${index}/name`), ' ', ...valueAt(figures, metric, `/summaries/${at}/median`)]]
  })
  if (parts.length === 0) return [`Delivery latency in ${phase}, every run`]
  return [`In ${phase}, the median p99 was: `, ...parts.flatMap((part, at) => (at === 0 ? part : [', ', ...part]))]
}

type Curve = 'deliveryP99' | 'backlog'

export function timeSection(page: ComparisonPage): Section {
  const title = 'How did each ride the spike?'
  const both = [timeFigure(page, 'deliveryP99'), timeFigure(page, 'backlog')]
  if (both.every((figure) => figure === null))
    return { id: 'time', title, body: html`<p class="none">No run carries its seconds.</p>` }
  return { id: 'time', title, body: html`${medianNote(page)}${both}` }
}

function howTimes(latency: boolean, widthS: number): string {
  const columns = widthS === 1 ? '' : ` Columns of ${widthS} s or less, each with its worst second.`
  return latency
    ? `p99 of delivery, second by second; log axis, the same in all panels.${columns}`
    : `Messages accepted but not yet stored at the end of each second; the same axis in all panels.${columns}`
}

function timeFigure(page: ComparisonPage, key: Curve): Markup | null {
  const latency = key === 'deliveryP99'
  const id = latency ? 'time-p99' : 'time-backlog'
  const panels = panelsOf(
    page,
    id,
    latency ? 'p99 of delivery by second' : 'backlog by second',
    (run, arm): TimeRun | null =>
      run.time === null ? null : { run: run.id, kind: kindOf(run, arm), s: run.time.s, values: run.time[key] },
  )
  const values = panels.flatMap((panel) => panel.runs.flatMap((run) => run.values.filter((value) => value !== null)))
  if (values.length === 0) return null
  const levels = latency ? levelsOf(page, null) : []
  const scale = latency ? logScale([...values, ...levels.map((level) => level.value)]) : linearScale(values, 4)
  return multipleFigure({
    id,
    unit: latency ? 'us' : 'messages',
    finding: timeFinding(page, key),
    how: howTimes(latency, Math.max(...panels.flatMap(({ runs }) => runs.map(({ s }) => columnWidthS(s))))),
    panels: panels.map((panel) =>
      timePanel(panel, {
        timeline: page.timeline,
        scale,
        style: latency ? 'line' : 'step',
        tick: formatAxisRate,
        levels,
      }),
    ),
  })
}

/** The worst second of each arm's median run. */
function timeFinding({ comparison, figures }: ComparisonPage, key: Curve): Prose {
  const what = key === 'deliveryP99' ? 'p99' : 'The backlog'
  const parts = comparison.arms.flatMap((arm, index): Part[][] => {
    const run = comparison.runs.findIndex(
      ({ id, time }) => id === arm.medianRun && time?.[key].some((value) => value !== null),
    )
    if (arm.floorOnly || run < 0) return []
    const peak = figures.derived('peak', [`/runs/${run}/time/${key}`], key === 'deliveryP99' ? 'latency' : 'count')
    return [[figures.quote(`/arms/${index}/name`), ' ', peak]]
  })
  if (parts.length === 0) return [`${what} by second, every run`]
  return [`${what} of the median runs peaked at: `, ...parts.flatMap((part, at) => (at === 0 ? part : [', ', ...part]))]
}
