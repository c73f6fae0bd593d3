import type uPlotType from 'uplot'
import { timeTicks } from '../../../reports/charts/scale.ts'
import { palette, turns } from '../../palette.ts'
import type { ViewedLook, ViewedPanel } from '../view.ts'
import { scaleFor, tickText } from './figures.ts'
import type { DrawnLine, PanelData, Span } from './query.ts'
import { endS, state, zoomTo } from './view.ts'

declare const uPlot: typeof uPlotType

/** A panel's canvas: lines as Grafana's JSON says, phases and faults behind them. */

export interface Marks {
  readonly phases: readonly Span[]
  readonly faults: readonly Span[]
}

const cssColor = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
const darkNames = new Map<string, string>(Object.entries(palette.dark).map(([name, hex]) => [hex, name]))
/** The JSON has the dark colours; the page's style knows both themes by name. */
const themed = (hex: string) => () => cssColor(darkNames.get(hex) ?? 'text')

/** The look of a line: its target's, else the next in turn; once round, dashes tell them apart. */
export function lookOfLine(panel: ViewedPanel, lines: readonly DrawnLine[], index: number): ViewedLook {
  const { refId } = lines[index] as DrawnLine
  const own = panel.looks[refId]
  if (own && lines.filter((line) => line.refId === refId).length === 1) return own
  const turn = turns[index % turns.length] as (typeof turns)[number]
  const dash = index < turns.length ? [] : [6, 3]
  return { color: palette.dark[turn.color], width: turn.width, dash, fill: panel.stacked ? 25 : 0 }
}

export const swatchColor = (look: ViewedLook): string => `var(--${darkNames.get(look.color) ?? 'text'})`

/** Each column with those before it below. */
function stackedColumns(lines: readonly DrawnLine[], hidden: ReadonlySet<string>): (number | null)[][] {
  const below: number[] = []
  return lines.map(({ name, values }) =>
    values.map((value, index) => {
      if (value === null) return null
      if (hidden.has(name)) return value
      below[index] = (below[index] ?? 0) + value
      return below[index]
    }),
  )
}

export const columnsOf = (panel: ViewedPanel, data: PanelData, hidden: ReadonlySet<string>) =>
  panel.stacked ? stackedColumns(data.lines, hidden) : data.lines.map(({ values }) => values)

const stripPx = 18
const font = '12px system-ui, sans-serif'

function drawMarks(u: uPlotType, marks: Marks): void {
  const { ctx, bbox } = u
  const ratio = devicePixelRatio
  const x = (s: number) => Math.min(Math.max(u.valToPos(s, 'x', true), bbox.left), bbox.left + bbox.width)
  ctx.save()
  ctx.font = font.replace('12', String(12 * ratio))
  ctx.textAlign = 'center'
  ctx.textBaseline = 'bottom'
  for (const { name, fromS, toS } of marks.phases) {
    const [left, right] = [x(fromS), x(toS)]
    const tint = { hold: 'tint2', rise: 'tint1', fall: 'tint1' }[name]
    ctx.fillStyle = cssColor(tint ?? 'page')
    if (tint) ctx.fillRect(left, bbox.top, right - left, bbox.height)
    ctx.fillStyle = cssColor('muted')
    if (ctx.measureText(name).width < right - left) ctx.fillText(name, (left + right) / 2, bbox.top - 3 * ratio)
    ctx.fillRect(left, bbox.top - stripPx * ratio, ratio, stripPx * ratio)
  }
  ctx.restore()
}

function drawFaults(u: uPlotType, marks: Marks): void {
  const { ctx, bbox } = u
  const ratio = devicePixelRatio
  ctx.save()
  ctx.strokeStyle = cssColor('fault')
  ctx.fillStyle = cssColor('fault')
  ctx.lineWidth = ratio
  ctx.textAlign = 'left'
  ctx.font = font.replace('12', String(12 * ratio))
  marks.faults.forEach(({ fromS, toS }, index) => {
    for (const [s, dash] of [
      [fromS, []],
      [toS, [4, 3]],
    ] as const) {
      const x = u.valToPos(s, 'x', true)
      if (x < bbox.left || x > bbox.left + bbox.width) continue
      ctx.setLineDash(dash.map((length) => length * ratio))
      ctx.beginPath()
      ctx.moveTo(x, bbox.top)
      ctx.lineTo(x, bbox.top + bbox.height)
      ctx.stroke()
      if (s === fromS) ctx.fillText(`F${index + 1}`, x + 3 * ratio, bbox.top + 12 * ratio)
    }
  })
  ctx.restore()
}

function seriesOf(panel: ViewedPanel, data: PanelData, hidden: ReadonlySet<string>): uPlotType.Series[] {
  return data.lines.map((line, index) => {
    const look = lookOfLine(panel, data.lines, index)
    const stroke = themed(look.color)
    const dots = line.values.filter((value) => value !== null).length < 3
    return {
      label: line.name,
      stroke,
      width: look.width,
      dash: [...look.dash],
      fill: look.fill > 0 ? () => `${stroke()}40` : undefined,
      spanGaps: false,
      show: !hidden.has(line.name),
      paths: panel.stepped ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.(),
      points: { show: dots ? true : undefined, size: 5, fill: stroke, stroke },
    }
  })
}

export function drawPanel(
  panel: ViewedPanel,
  data: PanelData,
  marks: Marks,
  place: HTMLElement,
  hidden: ReadonlySet<string>,
  onCursor: (index: number | null) => void,
): uPlotType {
  const columns = columnsOf(panel, data, hidden)
  const scale = scaleFor(panel.unit, panel.scale, columns)
  const end = endS()
  const range = (): [number, number] => [...(state.range ?? ([0, end] as const))]
  const axis = { stroke: () => cssColor('muted'), font, ticks: { show: false } }
  const uplot = new uPlot(
    {
      width: place.clientWidth,
      height: place.clientHeight,
      padding: [stripPx + 4, 12, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range },
        y: { range: () => [scale.min, scale.max], distr: scale.kind === 'log' ? 3 : 1 },
      },
      axes: [
        {
          ...axis,
          size: 26,
          gap: 4,
          grid: { show: false },
          border: { show: true, stroke: () => cssColor('axis'), width: 1 },
          splits: (u) => secondsInView(range(), u.width),
          values: (_, splits) => splits.map((s) => `${s} s`),
        },
        {
          ...axis,
          size: (u, labels) => widestPx(u, labels ?? []) + 12,
          gap: 8,
          grid: { stroke: () => cssColor('grid'), width: 1 },
          splits: () => [...scale.ticks],
          // On a log axis uPlot names only some of what it is given.
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((tick) => tickText(panel.unit, tick)),
        },
      ],
      series: [{}, ...seriesOf(panel, data, hidden)],
      cursor: {
        y: false,
        drag: { x: matchMedia('(pointer: fine)').matches, y: false, setScale: false },
        sync: { key: 'board', setSeries: false },
        bind: { dblclick: () => wholeRun },
      },
      hooks: {
        drawClear: [(u) => drawMarks(u, marks)],
        draw: [(u) => drawFaults(u, marks)],
        setCursor: [(u) => onCursor(u.cursor.idx ?? null)],
        setSelect: [zoomToSelection],
      },
    },
    [[...data.s], ...columns] as uPlotType.AlignedData,
    place,
  )
  uplot.root.querySelector('canvas')?.setAttribute('aria-hidden', 'true')
  return uplot
}

function widestPx({ ctx }: uPlotType, labels: readonly string[]): number {
  ctx.save()
  ctx.font = font
  const widths = labels.map((label) => ctx.measureText(label).width)
  ctx.restore()
  return Math.max(76, ...widths)
}

const wholeRun = () => {
  zoomTo(0, endS())
  return null
}

function zoomToSelection(u: uPlotType): void {
  const { left, width } = u.select
  if (width < 4) return
  const [from, to] = [u.posToVal(left, 'x'), u.posToVal(left + width, 'x')]
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
  zoomTo(from, to)
}

function secondsInView([from, to]: readonly [number, number], widthPx: number): number[] {
  const ticks = timeTicks(to - from, Math.max(2, widthPx / 90))
  const step = (ticks[1] ?? 1) - (ticks[0] ?? 0) || 1
  const first = Math.ceil(from / step) * step
  return Array.from({ length: Math.floor((to - first) / step + 1e-9) + 1 }, (_, index) => first + index * step)
}
