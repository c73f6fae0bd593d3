import { html, type Markup } from '../html.ts'

/** Effects on one axis of log2(arm / baseline): equal steps left and right are equal factors. */

export interface ForestScale {
  /** The axis reaches from -reach to +reach octaves. */
  readonly reach: number
  readonly ticks: readonly number[]
}

export interface ForestRow {
  readonly ratio: number | null
  readonly low: number | null
  readonly high: number | null
  /** Interval of the A/A pair. */
  readonly floor: { readonly low: number; readonly high: number } | null
  readonly tone: 'better' | 'worse' | 'same' | 'open'
}

const nearTicks = [0.8, 0.9, 1, 1.1, 1.25]
const middleTicks = [0.5, 0.7, 1, 1.4, 2]

/** Holds every ratio, interval and floor, and the zone of delta; never narrower than the zone twice over. */
export function forestScale(rows: readonly ForestRow[], delta: number): ForestScale {
  const values = rows.flatMap(({ ratio, low, high, floor }) => [
    ratio,
    low,
    high,
    floor?.low ?? null,
    floor?.high ?? null,
  ])
  const octaves = values.flatMap((value) => (value === null || value <= 0 ? [] : [Math.abs(Math.log2(value))]))
  const most = Math.max(2 * Math.log2(delta), ...octaves) * 1.04
  if (most <= Math.log2(1.28)) return { reach: Math.log2(1.28), ticks: nearTicks }
  if (most <= 1.1) return { reach: 1.1, ticks: middleTicks }
  const whole = Math.ceil(most)
  const step = Math.ceil(whole / 4)
  const count = Math.floor(whole / step)
  const ticks = Array.from({ length: 2 * count + 1 }, (_, index) => 2 ** ((index - count) * step))
  return { reach: whole, ticks }
}

/** Per cent of the axis; a ratio of 0 has no logarithm and stands at the edge. */
export function forestX({ reach }: ForestScale, ratio: number): number {
  const octaves = ratio > 0 ? Math.log2(ratio) : -reach
  return Number((50 + (50 * Math.max(-reach, Math.min(reach, octaves))) / reach).toFixed(3))
}

const height = 32

function band(className: string, scale: ForestScale, low: number, high: number): Markup {
  const from = forestX(scale, low)
  const width = Number((forestX(scale, high) - from).toFixed(3))
  return html`<rect class="${className}" x="${from}%" width="${width}%" height="100%"/>`
}

/** What lies behind every row, defined once: the zone of delta and a line a tick. */
export function forestGrid(scale: ForestScale, delta: number): Markup {
  const lines = scale.ticks.map((tick) => {
    const x = forestX(scale, tick)
    return html`<line class="${tick === 1 ? 'forest-one' : 'grid-line'}" x1="${x}%" x2="${x}%" y2="100%"/>`
  })
  return html`<svg class="patterns" aria-hidden="true" width="0" height="0"><defs><g id="forest-grid">${band('delta', scale, 1 / delta, delta)}${lines}</g></defs></svg>`
}

/** One row on the grid: hatched A/A band, interval, and a point that is open where nothing was told. The row's text says the same. */
export function forestPlot(row: ForestRow, scale: ForestScale): Markup {
  const x = (ratio: number) => forestX(scale, ratio)
  const whisker =
    row.low === null || row.high === null
      ? null
      : html`<line class="whisker" data-low="${row.low}" data-high="${row.high}" x1="${x(row.low)}%" x2="${x(row.high)}%" y1="16" y2="16"/>`
  const point =
    row.ratio === null
      ? html`<text class="gap-text" x="50%" y="20">no figure</text>`
      : html`<circle class="point ${row.tone}" data-ratio="${row.ratio}" cx="${x(row.ratio)}%" cy="16" r="5"/>`
  return html`<svg class="forest-plot" aria-hidden="true" height="${height}"><use href="#forest-grid"/>${row.floor === null ? null : band('floor', scale, row.floor.low, row.floor.high)}${whisker}${point}</svg>`
}

const laneHeight = 20
const laneWidth = 1_000

/** All pairs of one metric in one drawing, a lane a pair: few nodes for many effects. The row's text says the same. */
export function forestLanes(rows: readonly ForestRow[], scale: ForestScale): Markup {
  const lanes = rows.map((row, index) => ({ row, y: laneHeight * (index + 0.5) }))
  const x = (ratio: number) => Number((10 * forestX(scale, ratio)).toFixed(2))
  const height = laneHeight * rows.length
  const whiskers = lanes.flatMap(({ row: { low, high }, y }) =>
    low === null || high === null ? [] : `M${x(low)} ${y}H${x(high)}`,
  )
  const tonesShown = [...new Set(rows.map(({ tone }) => tone))]
  const points = tonesShown.map((tone) => {
    const own = lanes.flatMap(({ row, y }) =>
      row.tone === tone && row.ratio !== null ? [`M${x(row.ratio)} ${y}h0`] : [],
    )
    const d = own.join('')
    const hole = tone === 'open' ? html`<path class="dots hole" d="${d}"/>` : null
    return own.length === 0 ? null : html`<path class="dots point-lane ${tone}" d="${d}"/>${hole}`
  })
  const line = whiskers.length === 0 ? null : html`<path class="line whisker-lane" d="${whiskers.join('')}"/>`
  const floor = rows[0]?.floor ?? null
  return html`<svg class="forest-plot" aria-hidden="true" height="${height}"><use href="#forest-grid"/>${floor === null ? null : band('floor', scale, floor.low, floor.high)}<svg class="ink" viewBox="0 0 ${laneWidth} ${height}" preserveAspectRatio="none">${line}${points}</svg></svg>`
}

/** The axis in the head of the table, with an arrow to the side that is better. */
export function forestAxis(scale: ForestScale, better: 'lower' | 'higher'): Markup {
  const most = scale.ticks.length - 1
  const ticks = scale.ticks.map((tick, index) => {
    const x = forestX(scale, tick)
    const kind = index === 0 || index === most || tick === 1 ? '' : ' wide'
    const named = most < 6 || (index - most / 2) % 2 === 0
    const name = named ? html`<text class="tick-x${kind}" x="${x}%" y="32">${tickText(tick)}</text>` : null
    return html`<line class="tick-mark" x1="${x}%" x2="${x}%" y1="36" y2="40"/>${name}`
  })
  const [left, right] = better === 'lower' ? ['← better', 'worse'] : ['worse', 'better →']
  return html`<svg class="forest-axis" height="40" role="img" aria-label="ratio of medians, arm / baseline, logarithmic"><text class="side" x="0" y="13">${left}</text><text class="side last" x="100%" y="13">${right}</text>${ticks}<line class="axis" x2="100%" y1="39.5" y2="39.5"/></svg>`
}

/** Short, so that the outer names fit a narrow page: `1/16x`. */
const tickText = (tick: number) => (tick < 0.2 ? `1/${Math.round(1 / tick)}x` : `${Number(tick.toPrecision(3))}x`)
