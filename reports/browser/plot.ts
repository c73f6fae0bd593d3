import type uPlotType from 'uplot'
import { columns, endS, type Metric, middleOf, onChange, result, state, zoomTo } from './run.ts'

declare const uPlot: typeof uPlotType

/** A chart of the page with its canvas on top of the static picture. */
export interface Plot {
  readonly figure: HTMLElement
  readonly names: readonly string[]
  /** Columns as in result.json: `s` first, then one a line. */
  data: (number | null)[][]
  uplot: uPlotType | null
}

export const plots = new Map<string, Plot>()
const syncKey = 'run'

const cssColor = (name: string) => () => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()

interface Look {
  readonly color: string
  readonly width: number
  readonly dash?: number[]
}

/** The same lines as in charts.css: colour, width and dashes together tell them apart. */
const looks: Record<string, Look> = {
  p50: { color: 'p50', width: 1.5 },
  p99: { color: 'p99', width: 2.5 },
  max: { color: 'max', width: 1 },
  worst: { color: 'p99', width: 1, dash: [2, 2] },
  least: { color: 'muted', width: 1.5, dash: [6, 3] },
  offered: { color: 'muted', width: 1.5, dash: [6, 3] },
  sent: { color: 'sent', width: 1.5, dash: [1, 3] },
  acked: { color: 'acked', width: 2.5 },
  sockets: { color: 'acked', width: 2.5 },
  deliveries: { color: 'acked', width: 2.5 },
  goodput: { color: 'goodput', width: 1.5 },
  lateness: { color: 'p99', width: 1.5 },
  foreign: { color: 'p99', width: 1.5 },
  steal: { color: 'fault', width: 1.5, dash: [1, 3] },
  backlog: { color: 'backlog', width: 1.5 },
}

const words = (figure: HTMLElement, name: string) =>
  (figure.dataset[name] ?? '').split(' ').filter((word) => word !== '')

/** The latency chart can show another latency: its keys keep their quantile and change their prefix. */
const keyFor = (key: string, id: string, metric: Metric) => (id === 'latency' ? key.replace(/^delivery/, metric) : key)

function columnsOf(figure: HTMLElement, id: string): (number | null)[][] {
  const machine = id === 'machine'
  const source = (machine ? result.resources : result.series) as unknown as Record<string, (number | null)[]>
  const cores = machine ? result.resources.cores : 1
  const values = words(figure, 'keys').map((key) =>
    (source[keyFor(key, id, state.metric)] ?? []).map((value) => (value === null ? null : value * cores)),
  )
  return [result.series.s as number[], ...values]
}

/** Steps start with their column and get a closing edge; points of lines stand in the middle of their column. */
function drawable(plot: Plot, stepped: boolean): uPlotType.AlignedData {
  const [s = [], ...values] = plot.data
  if (!stepped) return [s.map((_, index) => middleOf(index)), ...values] as uPlotType.AlignedData
  return [[...s, columns.endS], ...values.map((column) => [...column, column.at(-1) ?? null])] as uPlotType.AlignedData
}

function seriesOf(figure: HTMLElement): uPlotType.Series[] {
  const styles = words(figure, 'styles')
  return words(figure, 'series').map((name, index) => {
    const look = looks[name] ?? { color: 'text', width: 1.5 }
    const stroke = cssColor(look.color)
    const style = styles[index]
    const stepped = style === 'step' || style === 'area'
    return {
      label: name,
      stroke,
      width: look.width,
      dash: look.dash,
      spanGaps: false,
      show: !state.hidden.has(name),
      paths: stepped ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.(),
      points: { show: style === 'dots', size: 4, fill: stroke, stroke },
      ...(style === 'area' ? { fill: () => `${stroke()}40` } : {}),
    }
  })
}

function optionsOf(
  figure: HTMLElement,
  box: { width: number; height: number },
  y0: number,
  y1: number,
  onCursor: (s: number | null) => void,
): uPlotType.Options {
  const fine = matchMedia('(pointer: fine)').matches
  return {
    width: box.width,
    height: box.height,
    padding: [0, 0, 0, 0],
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    scales: {
      x: { time: false, range: () => [...(state.range ?? [0, endS])] as [number, number] },
      y: { range: () => [y0, y1], distr: figure.dataset.scale === 'log' ? 3 : 1 },
    },
    series: [{}, ...seriesOf(figure)],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: fine, y: false, setScale: false },
      sync: {
        key: syncKey,
        scales: ['x', null],
        setSeries: false,
        filters: { pub: (type) => type === 'mousemove' || type === 'mouseleave' },
      },
      bind: { dblclick: () => wholeRun },
    },
    hooks: { setCursor: [(u) => onCursor(cursorSecond(u))], setSelect: [(u) => zoomToSelection(u)] },
  } as uPlotType.Options
}

/** Takes the place of uPlot's own double click, which would zoom one chart alone. */
const wholeRun = () => {
  zoomTo(0, endS)
  return null
}

const cursorSecond = (u: uPlotType): number | null =>
  (u.cursor.left ?? -1) < 0 ? null : u.posToVal(u.cursor.left as number, 'x')

function zoomToSelection(u: uPlotType): void {
  const { left, width } = u.select
  if (width < 4) return
  zoomTo(u.posToVal(left, 'x'), u.posToVal(left + width, 'x'))
  u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
}

/** Builds the canvas over the picture; the picture keeps its grid, phases, marks and axis. */
export function buildPlot(figure: HTMLElement, onCursor: (s: number | null) => void): Plot {
  const id = figure.id.replace('chart-', '')
  const plot: Plot = plots.get(id) ?? {
    figure,
    names: words(figure, 'series'),
    data: columnsOf(figure, id),
    uplot: null,
  }
  plots.set(id, plot)
  const svg = figure.querySelector<SVGElement>('.plot')
  const layer = figure.querySelector<HTMLElement>('.layer')
  if (plot.uplot || !svg || !layer) return plot
  const stepped = words(figure, 'styles').some((style) => style === 'step' || style === 'area')
  const box = layer.getBoundingClientRect()
  const uplot = new uPlot(
    optionsOf(figure, box, Number(svg.dataset.y0), Number(svg.dataset.y1), onCursor),
    drawable(plot, stepped),
    layer,
  )
  uplot.root.querySelector('canvas')?.setAttribute('aria-hidden', 'true')
  plot.uplot = uplot
  figure.classList.add('live')
  new ResizeObserver(() => {
    const { width, height } = layer.getBoundingClientRect()
    if (width > 0 && (width !== uplot.width || height !== uplot.height)) uplot.setSize({ width, height })
  }).observe(layer)
  onChange(() => {
    plot.data = columnsOf(figure, id)
    plot.names.forEach((name, index) => {
      if (uplot.series[index + 1]?.show === state.hidden.has(name))
        uplot.setSeries(index + 1, { show: !state.hidden.has(name) })
    })
    uplot.setData(drawable(plot, stepped))
  })
  return plot
}

/** Canvas colours do not follow the style sheet by themselves. */
export function recolor(): void {
  for (const { uplot } of plots.values()) uplot?.redraw(false)
}
