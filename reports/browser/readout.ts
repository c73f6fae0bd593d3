import { columnAt, columnEnd } from '../charts/columns.ts'
import { formatLatency, formatRate, noFigure } from '../format.ts'
import { element } from './dom.ts'
import { plots } from './plot.ts'
import { columns, endS, middleOf, result, spans, state } from './run.ts'

/** One line for all time charts, and one cursor through them. */

export const cursor = { index: null as number | null, pinned: false }

export const readout = element('output', { id: 'readout', 'aria-hidden': 'true' })
/** What a screen reader hears: only what keys moved to, at most twice a second. */
export const spoken = element('p', { id: 'spoken', 'aria-live': 'polite', class: 'unseen' })

const idle = () => `Point at a chart, or focus one and use the arrow keys. Columns of ${result.series.widthS} s.`

export function readoutText(index: number | null): string {
  if (index === null) return idle()
  const { series } = result
  const s = series.s[index] as number
  const phase = spans.find((span) => s >= span.fromS && s < span.toS)?.name ?? ''
  const rate = (value: number | null | undefined) =>
    value === null || value === undefined ? noFigure : formatRate(value)
  const time = (value: number | null | undefined) =>
    value === null || value === undefined ? noFigure : formatLatency(value)
  const column = (quantile: 'P50' | 'P99' | 'P99Worst' | 'Max') => series[`${state.metric}${quantile}`]?.[index]
  const parts = [
    `${s} s`,
    phase,
    `offered ${rate(series.offered[index])}`,
    `acked ${rate(series.acked[index])}`,
    `p50 ${time(column('P50'))}`,
    `p99 ${time(column('P99'))}`,
    ...(series.widthS === 1 ? [] : [`worst second ${time(column('P99Worst'))}`]),
    `max ${time(column('Max'))}`,
    `backlog ${rate(series.backlog[index])}`,
    `${columnEnd(columns, index) - s} s column${cursor.pinned ? ', pinned' : ''}`,
  ]
  return parts.join(' · ')
}

let lastSpokenMs = 0
let waiting = 0

function speak(text: string): void {
  clearTimeout(waiting)
  const waitMs = Math.max(0, 500 - (performance.now() - lastSpokenMs))
  waiting = setTimeout(() => {
    lastSpokenMs = performance.now()
    spoken.textContent = text
  }, waitMs)
}

/** Puts the cursor on a column in every chart; `null` takes it away. */
export function moveCursor(index: number | null, byKey: boolean): void {
  cursor.index = index
  readout.textContent = readoutText(index)
  if (byKey) speak(readout.textContent)
  const middle = index === null ? null : middleOf(index)
  for (const { uplot } of plots.values()) {
    if (!uplot) continue
    const left = middle === null ? -10 : uplot.valToPos(middle, 'x')
    if (Math.abs((uplot.cursor.left ?? -10) - left) > 0.5)
      uplot.setCursor({ left, top: middle === null ? -10 : 0 }, false)
  }
  const [from, to] = state.range ?? [0, endS]
  for (const line of document.querySelectorAll<HTMLElement>('.heat-cursor')) {
    line.hidden = middle === null || middle < from || middle > to
    if (middle !== null) line.style.left = `${(100 * (middle - from)) / (to - from)}%`
  }
}

/** From a pointer: the column under it, unless the cursor is pinned. */
export function pointAt(s: number | null): void {
  if (cursor.pinned) return
  const index = s === null ? -1 : columnAt(columns, s)
  const next = index < 0 ? null : index
  if (next === cursor.index) return
  cursor.index = next
  readout.textContent = readoutText(next)
}
