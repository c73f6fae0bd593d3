import { type Content, html, type Markup } from '../html.ts'
import type { Spectrum } from '../schema/result.ts'
import { linePath, pixel, shorter, stepPath } from './path.ts'
import { position, type Scale } from './scale.ts'
import { curvePaths, latencyTicks, narrowQuantileInk, quantileX, spectrumWidth } from './spectrum.ts'
import { background, phaseNames, xAxisInk } from './timeChart.ts'
import { percent, type Timeline } from './timeline.ts'

/** Small multiples of a comparison: a panel an arm, the same axes in all, every run thin and one real run thick. */

export interface Panel<T> {
  /** Ids of what the panels of one picture share begin with it. */
  readonly picture: string
  /** The first panel holds what is the same in all, the others show it again. */
  readonly first: boolean
  readonly name: Content
  readonly note: Content
  readonly label: string
  readonly className: string
  readonly runs: readonly T[]
}

interface PanelRun {
  readonly run: string
  readonly kind: 'thick' | 'each' | 'not-counted'
}

export interface CurveRun extends PanelRun, Pick<Spectrum, 'points' | 'solid'> {}

export interface TimeRun extends PanelRun {
  readonly s: readonly number[]
  readonly values: readonly (number | null)[]
}

/** A level that a panel draws: a height, over the seconds or up to the quantile it applies to. */
export interface Level {
  readonly value: number
  readonly label: string
  readonly fromS: number
  readonly toS: number
  readonly quantile: number
}

const height = 180
/** Pixels that the plot of a panel has at least. */
const panelWidth = { wide: 190, narrow: 240 }
/** The thick run is drawn last, on top. */
const drawOrder = ['not-counted', 'each', 'thick']
const drawn = <T extends PanelRun>(runs: readonly T[]) =>
  [...runs].sort((a, b) => drawOrder.indexOf(a.kind) - drawOrder.indexOf(b.kind))

/** Whole pixels: many curves in few bytes, and no panel is taller than that can show. */
const yOf = (scale: Scale) => (value: number) => Math.round(height * (1 - position(scale, value)))

interface PanelParts {
  /** Strip of phases above the plot. */
  readonly top: Content
  readonly gutter: Content
  readonly behind: Content
  readonly ink: Content
  readonly front: Content
  readonly axis: Content
  /** Width of the drawing, in the units of its paths. */
  readonly width: number
  /** What that width means. */
  readonly extent: number
}

/** A part that all panels share: drawn once, so that many panels stay few nodes. */
function shared({ picture, first }: Panel<unknown>, name: string, content: Content): Content {
  if (content === null) return null
  const id = `${picture}-${name}`
  return first ? html`<g id="${id}">${content}</g>` : html`<use class="axis-text" href="#${id}"/>`
}

function frame<T extends PanelRun>(panel: Panel<T>, scale: Scale, parts: PanelParts): Markup {
  const { width, extent } = parts
  const grid = scale.ticks.map((tick) => `M0 ${yOf(scale)(tick)}h${width}`).join('')
  const empty = panel.runs.length === 0 ? html`<text class="gap-text" x="50%" y="50%">no run</text>` : null
  const ink = html`<svg class="ink ${panel.className}" viewBox="0 0 ${width} ${height}" preserveAspectRatio="none"><path class="line grid" d="${grid}"/>${parts.ink}</svg>`
  const top =
    parts.top === null ? null : html`<svg class="strip" aria-hidden="true">${shared(panel, 'strip', parts.top)}</svg>`
  const [gutter, behind, axis] = (['gutter', 'behind', 'axis'] as const).map((name) => shared(panel, name, parts[name]))
  return html`<div class="panel"><p class="panel-name">${panel.name} ${panel.note}</p><div class="frame h180">${top}<svg class="gutter" aria-hidden="true">${gutter ?? null}</svg><svg class="plot" role="img" aria-label="${panel.label}" data-x0="0" data-x1="${extent}" data-y0="${scale.min}" data-y1="${scale.max}" data-scale="${scale.kind}">${behind ?? null}${ink}${parts.front}${empty}</svg><svg class="xaxis" aria-hidden="true">${axis ?? null}</svg></div></div>`
}

export function spectrumPanel(panel: Panel<CurveRun>, scale: Scale, decades: number, levels: readonly Level[]): Markup {
  const y = yOf(scale)
  const curves = drawn(panel.runs).map((run) => curvePaths(run, run.kind, run.run, decades, y))
  const marks = levels.map(({ value, label, quantile }) => {
    const at = pixel(y(value))
    const end = `${Number(((100 * quantileX(quantile, decades)) / spectrumWidth).toFixed(2))}%`
    return html`<line class="mark slo" x2="${end}" y1="${at}" y2="${at}"/><text class="mark-text" x="0" dx="4" y="${at < 18 ? at + 15 : at - 5}">${label}</text>`
  })
  return frame(panel, scale, {
    top: null,
    gutter: latencyTicks(scale, height),
    behind: null,
    ink: curves,
    width: spectrumWidth,
    extent: decades,
    front: marks,
    axis: narrowQuantileInk(decades),
  })
}

export interface TimePanels {
  readonly timeline: Timeline
  readonly scale: Scale
  readonly style: 'line' | 'step'
  readonly tick: (value: number) => string
  readonly levels: readonly Level[]
}

/** Of columns that end early at the edges of phases: the usual one. */
export const columnWidthS = (s: readonly number[]): number =>
  s.reduce((widest, from, at) => Math.max(widest, from - (s[at - 1] ?? from)), 1)

export function timePanel(panel: Panel<TimeRun>, { timeline, scale, style, tick, levels }: TimePanels): Markup {
  const y = yOf(scale)
  const path = style === 'line' ? linePath : stepPath
  const lines = drawn(panel.runs).map(({ run, kind, s, values }) => {
    const endS = (s.at(-1) ?? 0) + columnWidthS(s)
    return html`<path class="line ${kind}" data-series="${run}" d="${shorter(path({ s, endS, values }, y))}"/>`
  })
  const marks = levels.map(({ value, label, fromS, toS }) => {
    const at = pixel(y(value))
    return html`<line class="mark slo" x1="${percent(timeline, fromS)}" x2="${percent(timeline, toS)}" y1="${at}" y2="${at}"/><text class="mark-text" x="${percent(timeline, fromS)}" dx="4" y="${at < 18 ? at + 15 : at - 5}">${label}</text>`
  })
  const gutter =
    scale.kind === 'log'
      ? latencyTicks(scale, height)
      : scale.ticks.map(
          (value) => html`<text class="tick" x="100%" dx="-8" y="${pixel(y(value))}" dy="4">${tick(value)}</text>`,
        )
  return frame(panel, scale, {
    top: phaseNames(timeline, panelWidth),
    gutter,
    behind: background(timeline),
    ink: lines,
    width: timeline.endS,
    extent: timeline.endS,
    front: marks,
    axis: xAxisInk(timeline),
  })
}
