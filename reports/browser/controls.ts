import { columnEnd } from '../charts/columns.ts'
import { copyCsv } from './csv.ts'
import { button, element } from './dom.ts'
import { type keyTexts, openHelp } from './help.ts'
import { recolor } from './plot.ts'
import { cursor, moveCursor, readout, spoken } from './readout.ts'
import { change, columns, endS, metrics, middleOf, onChange, spans, state, zoomTo } from './run.ts'
import { toggleTheme } from './theme.ts'
import { toggleValueAxis } from './valueAxis.ts'

/** Buttons and keys. All of them are made here, so that a page without script has no dead control. */

export function note(text: string): void {
  readout.textContent = text
  spoken.textContent = text
}

function switchTheme(): void {
  toggleTheme()
  recolor()
}

export function addPageControls(): void {
  const home = document.getElementById('controls')
  home?.append(
    button('Help', openHelp, { 'aria-keyshortcuts': '?' }),
    button('Theme', switchTheme, { 'aria-keyshortcuts': 't' }),
    button('Print', () => print()),
  )
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', recolor)
}

/** The bar above the charts: zoom by phase, and the read-out. */
export function addToolbar(): void {
  const all = button('Whole run', () => change({ range: null }))
  const phases = spans.map((span) => button(span.name, () => zoomTo(span.fromS, span.toS)))
  const zoom = element('div', { class: 'zoom', role: 'group', 'aria-label': 'Zoom all time charts' }, all, ...phases)
  const bar = element(
    'div',
    { id: 'toolbar', role: 'region', 'aria-label': 'Read-out of the charts' },
    zoom,
    readout,
    spoken,
  )
  document.getElementById('load')?.before(bar)
  const press = () => {
    const is = (from: number, to: number) =>
      state.range !== null && Math.abs(state.range[0] - from) + Math.abs(state.range[1] - to) < 1e-6
    all.setAttribute('aria-pressed', String(state.range === null))
    phases.forEach((node, index) => {
      const span = spans[index]
      node.setAttribute('aria-pressed', String(span !== undefined && is(span.fromS, span.toS)))
    })
  }
  onChange(press)
  press()
  moveCursor(null, false)
}

const reading = ['offered', 'sent', 'acked', 'goodput', 'p50', 'p99', 'worst', 'max']

/** Toggles of a chart's lines, the choice of latency, and its CSV. */
export function addChartControls(figure: HTMLElement): void {
  const names = (figure.dataset.series ?? '').split(' ').sort((a, b) => reading.indexOf(a) - reading.indexOf(b))
  const row = element('div', { class: 'toggles' })
  if (names.length > 1 && figure.dataset.keys) row.append(...names.map((name) => lineToggle(figure, name)))
  if (figure.id === 'chart-latency') row.append(...metrics.map((metric) => metricToggle(metric)))
  row.append(button('CSV', () => void copyCsv(figure, note), { 'aria-keyshortcuts': 'c' }))
  figure.querySelector('figcaption')?.append(row)
  if (names.length > 1 && figure.dataset.keys) {
    const hidden = element('p', { class: 'how hidden-note' })
    row.after(hidden)
    onChange(() => {
      const gone = names.filter((name) => state.hidden.has(name))
      hidden.textContent = gone.map((name) => `${name} hidden`).join(', ')
      for (const name of names) figure.classList.toggle(`hide-${name}`, state.hidden.has(name))
    })
  }
}

function lineToggle(figure: HTMLElement, name: string): HTMLButtonElement {
  const node = button(
    name,
    () => {
      const hidden = new Set(state.hidden)
      if (!hidden.delete(name)) hidden.add(name)
      change({ hidden })
    },
    { 'aria-pressed': 'true', 'aria-controls': figure.id },
  )
  onChange(() => node.setAttribute('aria-pressed', String(!state.hidden.has(name))))
  return node
}

function metricToggle(metric: (typeof metrics)[number]): HTMLButtonElement {
  const node = button(metric === 'service' ? 'service time' : metric, () => change({ metric }), {
    'aria-pressed': String(metric === state.metric),
  })
  onChange(() => node.setAttribute('aria-pressed', String(metric === state.metric)))
  return node
}

type Key = keyof typeof keyTexts

function step(by: number): void {
  const last = columns.s.length - 1
  const start = cursor.index ?? firstInView() - Math.sign(by)
  moveCursor(Math.max(0, Math.min(last, start + by)), true)
}

const firstInView = () =>
  Math.max(
    0,
    columns.s.findIndex((_, index) => columnEnd(columns, index) > (state.range?.[0] ?? 0)),
  )
const lastInView = () => columns.s.findLastIndex((s) => s < (state.range?.[1] ?? endS))

function zoomBy(factor: number): void {
  const [from, to] = state.range ?? [0, endS]
  const centre = cursor.index === null ? (from + to) / 2 : middleOf(cursor.index)
  const width = (to - from) * factor
  zoomTo(centre - width / 2, centre + width / 2)
}

const chartKeys: Record<Exclude<Key, '1' | '/' | 't' | '?'>, (figure: HTMLElement) => void> = {
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  'Shift+ArrowRight': () => step(10),
  'Shift+ArrowLeft': () => step(-10),
  Home: () => moveCursor(firstInView(), true),
  End: () => moveCursor(lastInView(), true),
  Enter: () => togglePin(),
  '+': () => zoomBy(0.5),
  '-': () => zoomBy(2),
  '0': () => change({ range: null }),
  y: toggleValueAxis,
  c: (figure) => void copyCsv(figure, note),
}

export function togglePin(): void {
  cursor.pinned = !cursor.pinned && cursor.index !== null
  moveCursor(cursor.index, true)
}

/** Keys of a focused chart. */
export function onChartKey(figure: HTMLElement, event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return
  const arrow = event.key.startsWith('Arrow')
  const name = (arrow && event.shiftKey ? `Shift+${event.key}` : event.key) as keyof typeof chartKeys
  const span = /^[1-7]$/.test(event.key) ? spans[Number(event.key) - 1] : undefined
  if (span) zoomTo(span.fromS, span.toS)
  else if (name in chartKeys) chartKeys[name](figure)
  else return
  event.preventDefault()
}

const pageKeys: Record<'/' | 't' | '?', () => void> = {
  '/': () => document.querySelector<HTMLElement>('#contents a')?.focus(),
  t: switchTheme,
  '?': openHelp,
}

export function listenForPageKeys(): void {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return
    if (event.key in pageKeys) {
      event.preventDefault()
      pageKeys[event.key as keyof typeof pageKeys]()
    }
  })
}
