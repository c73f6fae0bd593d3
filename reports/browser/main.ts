import { columnAt } from '../charts/columns.ts'
import {
  addChartControls,
  addPageControls,
  addToolbar,
  listenForPageKeys,
  note,
  onChartKey,
  togglePin,
} from './controls.ts'
import { csvOf } from './csv.ts'
import { element } from './dom.ts'
import { followZoom } from './frame.ts'
import { keyTexts } from './help.ts'
import { followLink, keepLink } from './link.ts'
import { buildPlot, plots } from './plot.ts'
import { cursor, moveCursor, pointAt, readoutText } from './readout.ts'
import { change, columns, endS, onChange, state } from './run.ts'

/** Puts the interactive layer on the finished page; whatever fails here, the page below it is whole. */

const figures = [...document.querySelectorAll<HTMLElement>('figure[data-keys], figure.heat')]

const isLive = (figure: HTMLElement) => figure.dataset.keys !== undefined

/** A focusable layer over the drawing: it takes keys and pointer, the canvas below is only a picture. */
function addLayer(figure: HTMLElement): void {
  const frame = figure.querySelector<HTMLElement>('.frame')
  if (!frame) return
  const name = figure.querySelector('h3')?.textContent ?? 'chart'
  const layer = element('div', {
    class: 'layer',
    tabindex: '0',
    role: 'group',
    'aria-label': `${name}; arrow keys read it, question mark lists all keys`,
  })
  layer.addEventListener('keydown', (event) => onChartKey(figure, event))
  layer.addEventListener('click', () => togglePin())
  if (!isLive(figure)) addHeatPointer(layer)
  frame.append(layer)
  followZoom(frame)
}

function addHeatPointer(layer: HTMLElement): void {
  const line = element('div', { class: 'heat-cursor' })
  line.hidden = true
  layer.append(line)
  layer.addEventListener('pointermove', (event) => {
    if (cursor.pinned) return
    const box = layer.getBoundingClientRect()
    const [from, to] = state.range ?? [0, endS]
    const s = from + ((event.clientX - box.left) / box.width) * (to - from)
    const index = columnAt(columns, s)
    moveCursor(index < 0 ? null : index, false)
  })
  layer.addEventListener('dblclick', () => change({ range: null }))
}

/** A pointer over one chart moves the line of the heat map, too; uPlot synchronises its own. */
function fromPointer(s: number | null): void {
  if (cursor.pinned) return
  pointAt(s)
  const [from, to] = state.range ?? [0, endS]
  for (const line of document.querySelectorAll<HTMLElement>('.heat-cursor')) {
    line.hidden = s === null
    if (s !== null) line.style.left = `${(100 * (s - from)) / (to - from)}%`
  }
}

const build = (figure: HTMLElement) => buildPlot(figure, fromPointer)

/** Canvases are built when near the view, one an idle slice, so that no task grows long. */
function buildWhenNear(): void {
  const near = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue
        near.unobserve(target)
        requestIdleCallback(() => build(target as HTMLElement), { timeout: 300 })
      }
    },
    { rootMargin: '600px' },
  )
  for (const figure of figures.filter(isLive)) near.observe(figure)
}

function start(): void {
  addPageControls()
  addToolbar()
  for (const figure of figures) {
    addLayer(figure)
    addChartControls(figure)
  }
  listenForPageKeys()
  followLink(note)
  keepLink()
  onChange(() => moveCursor(cursor.index, false))
  addEventListener('hashchange', () => followLink(note))
  let zoomed = state.range
  addEventListener('beforeprint', () => {
    zoomed = state.range
    change({ range: null })
  })
  addEventListener('afterprint', () => change({ range: zoomed }))
  buildWhenNear()
}

start()

Object.assign(window, {
  labReport: {
    get charts() {
      return Object.fromEntries(plots)
    },
    buildAll: () => figures.filter(isLive).map(build).length,
    csvOf: (id: string) => csvOf(document.getElementById(`chart-${id}`) as HTMLElement),
    readoutText,
    state,
    cursor,
    keys: Object.keys(keyTexts),
  },
})
