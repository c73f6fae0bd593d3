import { type Part, type Prose, plainText } from '../figures.ts'
import { formatCount, formatLatencyBound } from '../format.ts'
import { html, Markup } from '../html.ts'
import type { Result } from '../schema/result.ts'
import { columnEnd } from './columns.ts'
import { pixel, shorter } from './path.ts'
import { logScale, position, type Scale } from './scale.ts'
import { background, eventLines, type RunColumns, strip, xAxis } from './timeChart.ts'
import type { Timeline } from './timeline.ts'

export const shadeCount = 7
const height = 240

interface Cell {
  readonly column: number
  readonly bin: number
  readonly count: number
}

export interface HeatmapFigure {
  readonly heatmap: Result['heatmap']
  readonly columns: RunColumns
  readonly finding: Prose
  readonly how: readonly Part[]
  readonly notEvidence: boolean
}

/** Every sample of the run: a column in time, a row an eighth of a decade, lightness the logarithm of the count. */
export function heatmapFigure(figure: HeatmapFigure, timeline: Timeline): Markup {
  const { heatmap, columns, finding, how, notEvidence } = figure
  const cells = cellsOf(heatmap)
  if (cells.length === 0) return html`<p class="none">Heat map: no samples.</p>`
  const scale = rowScale(heatmap, cells)
  const most = cells.reduce((top, cell) => Math.max(top, cell.count), 1)
  return html`<figure class="chart heat" id="chart-heatmap" role="group" aria-labelledby="h-heatmap" aria-describedby="d-heatmap" data-series="samples" data-unit="us" data-columns="${columns.s.length}" data-width-s="${columns.widthS}">
<figcaption><h3 id="h-heatmap">${finding}</h3><p class="how" id="d-heatmap">${how}</p></figcaption>
${notEvidence ? html`<p class="stamp">not evidence</p>` : null}<div class="frame h240">
${strip(timeline)}
<svg class="gutter" aria-hidden="true">${yTexts(scale)}</svg>
<svg class="plot" role="img" aria-label="${plainText(finding)}" data-x0="0" data-x1="${timeline.endS}" data-y0="${scale.min}" data-y1="${scale.max}" data-cells="${cells.length}">${background(timeline)}<svg class="ink" viewBox="0 0 ${timeline.endS} ${height}" preserveAspectRatio="none">${shades(figure, cells, scale, most)}${outline(figure, cells, scale)}</svg>${eventLines(timeline)}</svg>
<div class="ends legend">${legend(most)}</div>
${xAxis}
</div></figure>`
}

function cellsOf({ columns }: Result['heatmap']): Cell[] {
  return columns.flatMap(([column = 0, firstBin = 0, ...counts]) =>
    counts.flatMap((count, index) => (count > 0 ? [{ column, bin: firstBin + index, count }] : [])),
  )
}

const binEdge = ({ minUs, binsPerDecade }: Result['heatmap'], bin: number) =>
  Math.max(1, minUs) * 10 ** (bin / binsPerDecade)

/** Cut to the rows in use, on the decades' 1-2-5 ticks, never below the data's own edges. */
function rowScale(heatmap: Result['heatmap'], cells: readonly Cell[]): Scale {
  let [low, high] = [Number.POSITIVE_INFINITY, 0]
  for (const { bin } of cells) {
    low = Math.min(low, bin)
    high = Math.max(high, bin + 1)
  }
  return logScale([binEdge(heatmap, low), binEdge(heatmap, high)])
}

/** One scale for the whole chart, from single samples to the fullest cell. */
export function shadeOf(count: number, most: number): number {
  if (most <= 1) return shadeCount - 1
  return Math.min(shadeCount - 1, Math.floor((Math.log(count) / Math.log(most)) * shadeCount + 1e-9))
}

/**
 * A path a shade and a height of rows. A cell is a horizontal stroke as thick as its row, and neighbours of one shade in
 * a row are one stroke: a twentieth of the text that rectangles would take, and columns may differ in length.
 */
function shades(figure: HeatmapFigure, cells: readonly Cell[], scale: Scale, most: number): Markup[] {
  const paths = new Map<string, string>()
  const draw = ({ shade, bin, first, last }: Stroke) => {
    const [top, bottom] = [edgeY(figure.heatmap, bin + 1, scale), edgeY(figure.heatmap, bin, scale)]
    const [fromX, toX] = [figure.columns.s[first] as number, columnEnd(figure.columns, last)]
    const path = `class="shade s${shade}" data-shade="${shade}" stroke-width="${bottom - top}"`
    const d = `M${fromX} ${(top + bottom) / 2}h${(toX as number) - (fromX as number)}`
    paths.set(path, `${paths.get(path) ?? ''}${d}`)
  }
  for (const stroke of strokesOf(cells, most)) draw(stroke)
  return [...paths]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, d]) => new Markup(`<path ${path} d="${shorter(d)}"/>`))
}

interface Stroke {
  readonly shade: number
  readonly bin: number
  readonly first: number
  last: number
}

function strokesOf(cells: readonly Cell[], most: number): Stroke[] {
  const strokes: Stroke[] = []
  for (const { column, bin, count } of [...cells].sort((a, b) => a.bin - b.bin || a.column - b.column)) {
    const shade = shadeOf(count, most)
    const stroke = strokes.at(-1)
    if (stroke && stroke.shade === shade && stroke.bin === bin && stroke.last + 1 === column) stroke.last = column
    else strokes.push({ shade, bin, first: column, last: column })
  }
  return strokes
}

const edgeY = (heatmap: Result['heatmap'], bin: number, scale: Scale) =>
  Math.round(height * (1 - position(scale, binEdge(heatmap, bin))))

function outline(figure: HeatmapFigure, cells: readonly Cell[], scale: Scale): Markup {
  const { columns, heatmap } = figure
  const slowest = cells.reduce((top, cell) => (cell.bin > top.bin ? cell : top))
  const [top, bottom] = [edgeY(heatmap, slowest.bin + 1, scale), edgeY(heatmap, slowest.bin, scale)]
  const width = columnEnd(columns, slowest.column) - (columns.s[slowest.column] as number)
  const d = `M${columns.s[slowest.column]} ${top}h${width}v${bottom - top}h${-width}z`
  return new Markup(`<path class="slowest" d="${d}"/>`)
}

function yTexts(scale: Scale): Markup[] {
  return scale.ticks.map((tick) => {
    const y = pixel(height * (1 - position(scale, tick)))
    return html`<text class="tick" x="100%" dx="-8" y="${y}" dy="4">${formatLatencyBound(tick)}</text>`
  })
}

/** Lowest count of each shade, fullest first. */
function legend(most: number): Markup {
  const first = (shade: number) => Math.max(1, Math.ceil(most ** (shade / shadeCount) - 1e-9))
  const steps = Array.from({ length: shadeCount }, (_, index) => {
    const shade = shadeCount - 1 - index
    const swatch = html`<svg width="14" height="14" aria-hidden="true"><rect class="swatch s${shade}" width="14" height="14"/></svg>`
    return html`<span data-static>${swatch} ${formatCount(first(shade))}</span>`
  })
  return html`<span class="legend-head">deliveries from</span>${steps}`
}
