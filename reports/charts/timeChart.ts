import { type Part, type Prose, plainText } from '../figures.ts'
import { type Content, html, Markup } from '../html.ts'
import { type Columns, columnEnd } from './columns.ts'
import { dotsPath, linePath, pixel, shorter, spread, stepPath } from './path.ts'
import { position, type Scale } from './scale.ts'
import { percent, type Span, type Timeline } from './timeline.ts'

export interface Line {
  /** Class, label and name in `data-series`. */
  readonly name: string
  readonly label: string
  /** Key of the column in `series`, for the interactive layer and the tests. */
  readonly key: string
  readonly values: readonly (number | null)[]
  readonly style: 'line' | 'step' | 'dots' | 'area'
}

/** Beside a gauge at its most, where columns hold several seconds. */
export const leastLine = (key: string, values: Line['values'] | undefined): Line[] =>
  values === undefined ? [] : [{ name: 'least', label: 'least', key, values, style: 'step' }]

/** Beside the p99 of whole columns: that of the slowest second in each. */
export const worstLine = (key: string, values: Line['values'] | undefined): Line[] =>
  values === undefined ? [] : [{ name: 'worst', label: 'worst 1 s', key, values, style: 'line' }]

/** Those of a run, and the width of the widest. */
export interface RunColumns extends Columns {
  readonly widthS: number
}

/** A horizontal line over some phases, such as an SLO. */
export interface Mark {
  readonly value: number
  readonly fromS: number
  readonly toS: number
  readonly label: string
  readonly className: string
}

export interface TimeChart {
  readonly id: string
  readonly finding: Prose
  /** What is drawn, then how to read it in 15 words. */
  readonly how: readonly Part[]
  readonly unit: string
  readonly height: 180 | 240 | 280
  readonly scale: Scale
  readonly tickText: (value: number) => string
  readonly columns: RunColumns
  readonly lines: readonly Line[]
  readonly marks: readonly Mark[]
  readonly notEvidence: boolean
  /** Full-height lines with a name, such as the recovery instant. */
  readonly instants: readonly { readonly s: number; readonly label: string; readonly side: 'left' | 'right' }[]
  readonly data: Markup | null
}

export const laneHeight = 18
const stripHeight = 22

/** One chart over the run's time: axis texts are outside the drawing that scales, so they keep their size. */
export function timeChart(chart: TimeChart, timeline: Timeline): Markup {
  const y = (value: number) => chart.height * (1 - position(chart.scale, value))
  const finding = plainText(chart.finding)
  const names = chart.lines.map((line) => line.name).join(' ')
  const keys = chart.lines.map((line) => line.key).join(' ')
  const styles = chart.lines.map((line) => line.style).join(' ')
  return html`<figure class="chart" id="chart-${chart.id}" role="group" aria-labelledby="h-${chart.id}" aria-describedby="d-${chart.id}" data-series="${names}" data-keys="${keys}" data-styles="${styles}" data-scale="${chart.scale.kind}" data-unit="${chart.unit}" data-columns="${chart.columns.s.length}" data-width-s="${chart.columns.widthS}">
<figcaption><h3 id="h-${chart.id}">${chart.finding}</h3><p class="how" id="d-${chart.id}">${chart.how}</p></figcaption>
${chart.notEvidence ? html`<p class="stamp">not evidence</p>` : null}<div class="frame h${chart.height}">
${strip(timeline)}
<svg class="gutter" aria-hidden="true">${yTexts(chart, y)}</svg>
<svg class="plot" role="img" aria-label="${finding}" data-x0="0" data-x1="${timeline.endS}" data-y0="${chart.scale.min}" data-y1="${chart.scale.max}">${background(timeline)}${gridLines(chart, y)}${ink(chart, timeline, y)}${marks(chart, timeline, y)}${instants(chart, timeline)}${eventLines(timeline)}${suspectLabels(timeline)}${gapLabels(chart, timeline)}</svg>
<svg class="ends" aria-hidden="true">${endLabels(chart, y)}</svg>
${xAxis}
</div>${chart.data}</figure>`
}

const tickGap = 15

function yTexts({ scale, height, tickText, unit }: TimeChart, y: (value: number) => number): Markup[] {
  const roomy = height / Math.max(1, scale.ticks.length - 1) >= tickGap
  const shown = scale.ticks.filter((tick) => roomy || scale.kind === 'linear' || isDecade(tick))
  const texts = shown.map(
    (tick) => html`<text class="tick" x="100%" dx="-8" y="${pixel(y(tick))}" dy="4">${tickText(tick)}</text>`,
  )
  const named = scale.kind === 'linear' ? html`<text class="tick unit" x="100%" dx="-8" y="-11">${unit}</text>` : html``
  return [...texts, named]
}

const isDecade = (value: number) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9

function gridLines({ scale }: TimeChart, y: (value: number) => number): Markup[] {
  return scale.ticks.map((tick) => html`<line class="grid" x2="100%" y1="${pixel(y(tick))}" y2="${pixel(y(tick))}"/>`)
}

/** Tints, hatches and the seconds that break a rule, behind everything. */
export function background(timeline: Timeline): Markup[] {
  const rect = (fromS: number, toS: number, className: string, name: string) =>
    html`<rect class="${className}" data-phase="${name}" x="${percent(timeline, fromS)}" width="${percent(timeline, toS - fromS)}" height="100%"/>`
  return [
    ...timeline.spans
      .filter((span) => span.shade !== 'none')
      .map((span) => rect(span.fromS, span.toS, span.shade, span.name)),
    ...timeline.suspect.map((span) => rect(span.fromS, span.toS, 'suspect', span.label)),
  ]
}

/** Pixels that a plot has at least, on a wide and on a narrow page: what a phase's name must fit into. */
const wholeWidth = { wide: 930, narrow: 240 }

/** Phase names in a strip, and a lane a kind of event above it. */
export function strip(timeline: Timeline): Markup {
  const height = stripHeight + laneHeight * timeline.lanes.length
  const lanes = timeline.lanes.map((lane, index) => {
    const top = index * laneHeight
    const blocks = lane.blocks.map(
      ({ fromS, toS, label }) =>
        html`<rect class="fault" x="${percent(timeline, fromS)}" width="${percent(timeline, Math.max(toS - fromS, timeline.endS / 300))}" y="${top + 4}" height="${laneHeight - 8}"/><text class="lane" x="${percent(timeline, Math.max(fromS, toS))}" dx="5" y="${top + 13}">${label}</text>`,
    )
    return html`${blocks}`
  })
  const kinds = timeline.lanes.map(
    (lane, index) =>
      html`<text class="tick" x="100%" dx="-8" y="${index * laneHeight + 13}">${lane.kind === 'back-pressure' ? 'pressure' : lane.kind}</text>`,
  )
  const lanesClass = timeline.lanes.length > 0 ? ` lanes${Math.min(timeline.lanes.length, 6)}` : ''
  return html`<svg class="strip-gutter${lanesClass}" aria-hidden="true">${kinds}</svg><svg class="strip${lanesClass}" aria-hidden="true">${lanes}${phaseNames(timeline, wholeWidth, height)}</svg>`
}

/** Edges and names of the phases, in the lowest part of a strip of that height. */
export function phaseNames(timeline: Timeline, room: typeof wholeWidth, height = stripHeight): Markup {
  const names = timeline.spans.map((span) => phaseName(span, timeline, room, height - 6))
  const edges = timeline.spans.map(
    (span) =>
      html`<line class="edge" x1="${percent(timeline, span.fromS)}" x2="${percent(timeline, span.fromS)}" y1="${height - stripHeight + 2}" y2="${height}"/>`,
  )
  return html`${edges}${names}`
}

function phaseName({ name, fromS, toS }: Span, timeline: Timeline, room: typeof wholeWidth, y: number): Content {
  const share = (toS - fromS) / timeline.endS
  const middle = percent(timeline, (fromS + toS) / 2)
  const letter = name.slice(0, 1).toUpperCase()
  const text = (className: string, words: string) =>
    words === ''
      ? null
      : html`<text class="${className}" data-from="${fromS}" data-to="${toS}" x="${middle}" y="${y}">${words}</text>`
  const fitting = (width: number) => (share * width > name.length * 7 + 6 ? name : share * width > 12 ? letter : '')
  const [wide, narrow] = [fitting(room.wide), fitting(room.narrow)]
  if (wide === narrow) return text('phase', wide)
  return html`${text('phase wide', wide)}${text('phase narrow', narrow)}`
}

/** Why seconds are hatched, at the floor of the plot. */
function suspectLabels({ suspect, endS }: Timeline): Markup[] {
  return suspect.map(({ fromS, toS, label }) => {
    const left = fromS > 0.7 * endS
    const x = percent({ endS }, left ? toS : fromS)
    return html`<text class="mark-text${left ? ' end' : ''}" x="${x}" dx="${left ? -4 : 4}" y="100%" dy="-6">${label}</text>`
  })
}

/** A gap is no line at zero: seconds without a sample between two with one say so at the floor. */
function gapLabels({ lines, columns }: TimeChart, timeline: Timeline): Markup[] {
  const empty = (index: number) => lines.every((line) => (line.values[index] ?? null) === null)
  const known = columns.s.flatMap((_, index) => (empty(index) ? [] : [index]))
  const gaps = known.flatMap((index, at) => {
    const next = known[at + 1] ?? index + 1
    return next > index + 1 ? [{ fromS: columnEnd(columns, index), toS: columns.s[next] as number }] : []
  })
  return gaps.slice(0, 3).map(({ fromS, toS }) => {
    const x = percent(timeline, (fromS + toS) / 2)
    return html`<line class="gap" x1="${x}" x2="${x}" y1="100%" y2="96%"/><text class="gap-text" x="${x}" y="100%" dy="-14">no samples</text>`
  })
}

function ink(chart: TimeChart, timeline: Timeline, y: (value: number) => number): Markup {
  const paths = chart.lines.map((line) => seriesPaths(chart, line, y))
  return html`<svg class="ink" viewBox="0 0 ${timeline.endS} ${chart.height}" preserveAspectRatio="none">${paths}</svg>`
}

/** In whole pixels: half the bytes, and no reader sees the rest. */
function seriesPaths(chart: TimeChart, line: Line, exactY: (value: number) => number): Markup {
  const column = { ...chart.columns, values: line.values }
  const y = (value: number) => Math.round(exactY(value))
  const path = (className: string, d: string) =>
    html`<path class="${className} ${line.name}" data-series="${line.name}" d="${shorter(d)}"/>`
  if (line.style === 'dots') {
    const dots = new Markup(`<path class="dots ${line.name}" d="${shorter(dotsPath(column, y))}"/>`)
    return html`${path('line', linePath(column, y))}${dots}`
  }
  if (line.style === 'line') return path('line', linePath(column, y))
  if (line.style === 'step') return path('line', stepPath(column, y))
  return path('line filled', stepPath(column, y, chart.height))
}

function marks(chart: TimeChart, timeline: Timeline, y: (value: number) => number): Markup[] {
  return chart.marks.map((mark) => {
    const at = pixel(y(mark.value))
    const text = at < 18 ? at + 15 : at - 5
    return html`<line class="mark ${mark.className}" x1="${percent(timeline, mark.fromS)}" x2="${percent(timeline, mark.toS)}" y1="${at}" y2="${at}"/><text class="mark-text" x="${percent(timeline, mark.fromS)}" dx="6" y="${text}">${mark.label}</text>`
  })
}

function instants(chart: TimeChart, timeline: Timeline): Markup[] {
  return chart.instants.map(({ s, label, side }, index) => {
    const x = percent(timeline, s)
    return html`<line class="instant" x1="${x}" x2="${x}" y2="100%"/><text class="mark-text${side === 'left' ? ' end' : ''}" x="${x}" dx="${side === 'left' ? -5 : 5}" y="${14 + index * 16}">${label}</text>`
  })
}

export function eventLines(timeline: Timeline): Markup[] {
  const line = (s: number, className: string) =>
    html`<line class="${className}" x1="${percent(timeline, s)}" x2="${percent(timeline, s)}" y2="100%"/>`
  return timeline.lanes.flatMap((lane) =>
    lane.blocks.flatMap(({ fromS, toS }) =>
      toS > fromS ? [line(fromS, 'starts'), line(toS, 'stops')] : [line(fromS, 'starts')],
    ),
  )
}

/** Names at the line ends, with a piece of the line itself, moved apart where they would touch. */
function endLabels(chart: TimeChart, y: (value: number) => number): Markup[] {
  const drawn = chart.lines.flatMap((line) => {
    const last = line.values.findLast((value) => value !== null)
    return last === undefined || last === null ? [] : [{ line, wanted: y(last) }]
  })
  const places = spread(
    drawn.map(({ wanted }) => wanted),
    16,
    chart.height - 2,
  )
  return drawn.map(({ line }, index) => {
    const at = pixel(places[index] as number)
    const sample = line.style === 'dots' ? html`<path class="dots ${line.name}" d="M11 ${at}h0"/>` : html``
    return html`<path class="line ${line.name}" d="M4 ${at}h14"/>${sample}<text class="end" x="24" y="${at + 4}">${line.label}</text>`
  })
}

/** The axis that all time charts of a page show: it stands once, among the definitions. */
export const timeAxis = (timeline: Timeline): Markup => html`<g id="time-axis">${xAxisInk(timeline)}</g>`

export const xAxis = new Markup(
  '<svg class="xaxis" aria-hidden="true"><use class="axis-text" href="#time-axis"/></svg>',
)

/** What an x axis of seconds holds. */
export function xAxisInk(timeline: Timeline): Markup {
  const last = timeline.ticks.at(-1)
  const ticks = timeline.ticks.map((tick) => {
    const x = percent(timeline, tick)
    const few = timeline.fewTicks.has(tick)
    return html`<line class="tick-mark" x1="${x}" x2="${x}" y2="4"/><text class="tick-x${few ? '' : ' wide'}${tick > 0.95 * timeline.endS ? ' last' : ''}" x="${x}" y="17">${tick === last ? `${tick} s` : tick}</text>`
  })
  return html`<line class="axis" x2="100%" y1="0.5" y2="0.5"/>${ticks}`
}
