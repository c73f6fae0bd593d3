import { columnEnd } from '../charts/columns.ts'
import { linearScale, logScale, position, type Scale } from '../charts/scale.ts'
import { formatAxisRate, formatLatencyBound } from '../format.ts'
import { element } from './dom.ts'
import { plots } from './plot.ts'
import { columns, endS, state } from './run.ts'

/** The `y` key: fits the value axis of one chart to the seconds in view, and says so; again, and it is as before. */

const before = new Map<Element, string>()

export function toggleValueAxis(figure: HTMLElement): void {
  const plot = plots.get(figure.id.replace('chart-', ''))
  const svg = figure.querySelector<SVGElement>('.plot')
  const gutter = figure.querySelector('.gutter')
  if (!plot?.uplot || !svg || !gutter) return
  const fitted = figure.classList.toggle('fitted')
  const original: Scale = {
    kind: figure.dataset.scale === 'log' ? 'log' : 'linear',
    min: Number(svg.dataset.y0),
    max: Number(svg.dataset.y1),
    ticks: [],
  }
  const scale = fitted ? fittedScale(plot.data, original) : original
  plot.uplot.scales.y!.range = () => [scale.min, scale.max]
  plot.uplot.setData(plot.uplot.data)
  if (!before.has(gutter)) before.set(gutter, gutter.innerHTML)
  gutter.innerHTML = fitted
    ? ticksMarkup(scale, svg.clientHeight, figure.dataset.unit === 'us')
    : (before.get(gutter) ?? '')
  figure.querySelector('.axis-note')?.remove()
  if (fitted) figure.querySelector('figcaption')?.append(element('p', { class: 'axis-note how' }, 'y axis zoomed'))
}

function fittedScale(data: readonly (number | null)[][], { kind }: Scale): Scale {
  const [from, to] = state.range ?? [0, endS]
  const inView = (index: number) => {
    return columnEnd(columns, index) > from && (columns.s[index] ?? endS) < to
  }
  const values = data
    .slice(1)
    .flatMap((column) => column.filter((value, index) => value !== null && inView(index)) as number[])
  return kind === 'log' ? logScale(values) : linearScale(values)
}

function ticksMarkup(scale: Scale, height: number, latency: boolean): string {
  return scale.ticks
    .map((tick) => {
      const y = height * (1 - position(scale, tick))
      return `<text class="tick" x="100%" dx="-8" y="${y.toFixed(1)}" dy="4">${latency ? formatLatencyBound(tick) : formatAxisRate(tick)}</text>`
    })
    .join('')
}
