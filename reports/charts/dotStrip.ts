import { type Content, html, type Markup } from '../html.ts'
import type { Look } from './looks.ts'
import { linearScale, logScale, position, type Scale } from './scale.ts'

/** Every run a dot: one row an arm on a shared axis, and the same values in the order of the runs. */

export interface Dot {
  readonly run: string
  /** Its place in the document's list of runs. */
  readonly index: number
  readonly order: number
  readonly value: number
  /** Counted runs are filled. */
  readonly counts: boolean
  /** `run 7, mysql-2: 84.2 ms`. */
  readonly title: string
  readonly look: Look
}

export interface Strip {
  readonly name: Content
  readonly label: string
  readonly dots: readonly Dot[]
  readonly median: number | null
  readonly interval: readonly [number, number] | null
  /** What stands at the end of the row: the median, and what has no figure. */
  readonly end: Content
}

/** Latencies on 1-2-5 steps of a log axis, everything else from 0; 0 itself has no place on a log axis. */
export function dotScale(values: readonly number[], latency: boolean): Scale {
  return latency && values.every((value) => value > 0) ? logScale(values) : linearScale(values, 4)
}

const percentOf = (scale: Scale, value: number) => Number((100 * position(scale, value)).toFixed(3))
const rowHeight = 40
/** Between the topmost and the lowest dot of a row. */
const spreadY = 16

export function dotStrips(id: string, strips: readonly Strip[], scale: Scale, tick: (value: number) => string): Markup {
  const rows = strips.map(
    (strip) =>
      html`<div class="strip-name">${strip.name}</div><div class="strip-end">${strip.end}</div>${stripPlot(strip, scale, id)}`,
  )
  return html`${stripGrid(id, scale)}<div class="strips">${rows}${valueAxis(scale, tick)}</div>`
}

/** What lies behind every row, defined once a figure. */
function stripGrid(id: string, scale: Scale): Markup {
  const lines = scale.ticks.map((value) => {
    const x = percentOf(scale, value)
    return html`<line class="grid-line" x1="${x}%" x2="${x}%" y2="100%"/>`
  })
  return html`<svg class="patterns" aria-hidden="true" width="0" height="0"><defs><g id="grid-${id}">${lines}<line class="grid-line" x2="100%" y1="100%" y2="100%"/></g></defs></svg>`
}

function stripPlot({ label, dots, median, interval }: Strip, scale: Scale, id: string): Markup {
  const range =
    interval === null
      ? null
      : html`<line class="whisker" data-low="${interval[0]}" data-high="${interval[1]}" x1="${percentOf(scale, interval[0])}%" x2="${percentOf(scale, interval[1])}%" y1="20" y2="20"/>`
  const middle =
    median === null
      ? null
      : html`<line class="median" data-median="${median}" x1="${percentOf(scale, median)}%" x2="${percentOf(scale, median)}%" y1="4" y2="36"/>`
  const placed = dots.map((dot, index) => {
    const y = dots.length < 2 ? rowHeight / 2 : (rowHeight - spreadY) / 2 + (spreadY * index) / (dots.length - 1)
    return mark(dot, percentOf(scale, dot.value), `${Number(y.toFixed(1))}`, dot.title)
  })
  return html`<svg class="strip-plot" role="img" aria-label="${label}" height="${rowHeight}" data-v0="${scale.min}" data-v1="${scale.max}" data-scale="${scale.kind}"><use href="#grid-${id}"/>${range}${middle}<g class="run-dots ${dots[0]?.look.className ?? ''}">${placed}</g></svg>`
}

function mark({ run, value, counts, look }: Dot, x: number, y: string, title: string | null): Markup {
  const hollow = counts ? null : html` class="hollow" data-excluded="true"`
  const words = title === null ? null : html`<title>${title}</title>`
  return html`<use href="#${look.mark}" x="${x}%" y="${y}" data-run="${run}" data-value="${value}"${hollow}>${words}</use>`
}

function valueAxis(scale: Scale, tick: (value: number) => string): Markup {
  const last = scale.ticks.length - 1
  const every = Math.ceil(scale.ticks.length / 7)
  const ticks = scale.ticks.map((value, index) => {
    const x = percentOf(scale, value)
    const kind =
      index === 0
        ? ' first'
        : index === last
          ? ' last'
          : index % every > 0 || index > last - every / 2
            ? ' unnamed'
            : ' wide'
    return html`<line class="tick-mark" x1="${x}%" x2="${x}%" y2="4"/><text class="tick-x${kind}" x="${x}%" y="17">${tick(value)}</text>`
  })
  return html`<svg class="strip-axis" aria-hidden="true" height="24"><line class="axis" x2="100%" y1="0.5" y2="0.5"/>${ticks}</svg>`
}

/** The same values against the order of the runs: a slope over all arms is drift, not an effect. */
export function orderChart(
  dots: readonly Dot[],
  runs: number,
  scale: Scale,
  tick: (value: number) => string,
  label: string,
): Markup {
  const x = (order: number) => Number(((100 * (order - 0.5)) / Math.max(1, runs)).toFixed(3))
  const y = (value: number) => `${Number((100 - percentOf(scale, value)).toFixed(3))}%`
  const few = scale.ticks.filter(
    (_, index) => index % Math.ceil(scale.ticks.length / 5) === 0 || index === scale.ticks.length - 1,
  )
  const grid = scale.ticks.map((value) => html`<line class="grid" x2="100%" y1="${y(value)}" y2="${y(value)}"/>`)
  const names = few.map(
    (value) => html`<text class="tick" x="100%" dx="-8" y="${y(value)}" dy="4">${tick(value)}</text>`,
  )
  const looks = [...new Set(dots.map((dot) => dot.look))]
  const byArm = looks.map((look) => {
    const own = dots.filter((dot) => dot.look === look)
    return html`<g class="run-dots ${look.className}">${own.map((dot) => mark(dot, x(dot.order), y(dot.value), null))}</g>`
  })
  const every = Math.ceil(runs / 10)
  const orders = Array.from({ length: runs }, (_, index) => index + 1).filter((order) => (order - 1) % every === 0)
  const ticks = orders.map(
    (order) => html`<text class="tick-x" x="${x(order)}%" y="17">${order === 1 ? `run ${order}` : order}</text>`,
  )
  return html`<div class="frame order"><svg class="gutter" aria-hidden="true">${names}</svg><svg class="plot" role="img" aria-label="${label}" data-v0="${scale.min}" data-v1="${scale.max}" data-scale="${scale.kind}">${grid}${byArm}</svg><svg class="xaxis" aria-hidden="true"><line class="axis" x2="100%" y1="0.5" y2="0.5"/>${ticks}</svg></div>`
}
