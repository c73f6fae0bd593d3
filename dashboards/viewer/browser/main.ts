import { button, element } from '../../../reports/browser/dom.ts'
import { toggleTheme } from '../../../reports/browser/theme.ts'
import { PanelView, panelViews, spoken } from './panel.ts'
import type { Marks } from './plot.ts'
import { type Span, spansOf } from './query.ts'
import { addressOf, endS, followAddress, onBoard, onRange, state, view, zoomTo } from './view.ts'

/** The page: a board chooser, a run chooser where there are several, and the panels of the board chosen. */

const refreshMs = 2_000
const nav = document.getElementById('boards') as HTMLElement
const bar = document.getElementById('bar') as HTMLElement
const title = document.getElementById('title') as HTMLElement
const about = document.getElementById('about') as HTMLElement
const marksList = document.getElementById('marks') as HTMLElement
const grid = document.getElementById('panels') as HTMLElement
const rangeText = element('output', { class: 'range' })

function fillNav(): void {
  const links = view.boards.map((board) => {
    const link = element('a', { href: addressOf(board) }, shortTitle(board.title))
    if (board === state.board) link.setAttribute('aria-current', 'page')
    return element('li', {}, link)
  })
  nav.replaceChildren(element('ul', {}, ...links))
}

const shortTitle = (text: string) => {
  const short = text.replace(/^Chat lab: /, '')
  return short.charAt(0).toUpperCase() + short.slice(1)
}

function fillBar(): void {
  const name = element('span', { class: 'run-name' }, runText(state.run))
  const chooser = view.runs.length > 1 && !state.board.manyRuns ? runChooser() : name
  bar.replaceChildren(
    state.board.manyRuns
      ? element('span', { class: 'run-name' }, `${view.runs.length} ${view.runs.length === 1 ? 'run' : 'runs'}`)
      : chooser,
    rangeText,
    button('All', () => zoomTo(0, endS())),
    button('Theme', changeTheme),
  )
}

const runText = (index: number) => {
  const run = view.runs[index]
  return run ? `${run.id} (${run.outcome ?? 'running'})` : ''
}

function runChooser(): HTMLElement {
  const options = view.runs.map((_, index) => {
    const option = element('option', { value: String(index) }, runText(index))
    option.selected = index === state.run
    return option
  })
  const select = element('select', {}, ...options)
  select.addEventListener('change', () => {
    location.hash = addressOf(state.board, Number(select.value))
  })
  return element('label', { class: 'pick' }, 'Run ', select)
}

function changeTheme(): void {
  toggleTheme()
  for (const panel of panelViews) panel.recolor()
}

function fillRange(): void {
  const [from, to] = state.range ?? [0, endS()]
  rangeText.textContent = `${from.toFixed(0)} to ${to.toFixed(0)} s after the start`
}

const spanText = ({ name, fromS, toS }: Span) => `${name} ${fromS.toFixed(0)}–${toS.toFixed(0)} s`

function fillMarks({ phases, faults }: Marks): void {
  const line = (label: string, spans: readonly string[]) =>
    spans.length === 0 ? [] : [element('p', {}, element('b', {}, `${label}: `), spans.join(', '))]
  marksList.replaceChildren(
    ...line('Phases', phases.map(spanText)),
    ...line(
      'Faults',
      faults.map((span, index) => `F${index + 1} ${spanText(span)}`),
    ),
  )
}

/** Phases belong to one run: where several are drawn over each other there are none. */
async function loadMarks(): Promise<Marks> {
  if (state.board.manyRuns && view.runs.length > 1) return { phases: [], faults: [] }
  const [phases = [], faults = []] = await Promise.all(state.board.annotations.map(spansOf))
  return { phases, faults }
}

async function loadPanels(): Promise<void> {
  const marks = await loadMarks()
  fillMarks(marks)
  fillRange()
  await Promise.all(panelViews.map((panel) => panel.load(marks)))
  document.documentElement.dataset.loaded = state.board.uid
}

async function showBoard(): Promise<void> {
  delete document.documentElement.dataset.loaded
  for (const panel of panelViews.splice(0)) panel.remove()
  document.title = `${shortTitle(state.board.title)} - ${view.runs.map(({ id }) => id).join(', ')}`
  title.textContent = shortTitle(state.board.title)
  about.textContent = state.board.description
  fillNav()
  fillBar()
  panelViews.push(...state.board.panels.map((panel) => new PanelView(panel)))
  grid.replaceChildren(...panelViews.map(({ figure }) => figure))
  await loadPanels()
}

/** One after the other: a slow answer must not let requests pile up. */
async function refresh(): Promise<void> {
  const live = view.runs.some(({ toUnixMs }) => toUnixMs === null)
  if (!live) return
  await new Promise((resolve) => setTimeout(resolve, refreshMs))
  if (document.visibilityState === 'visible' && state.range === null && !grid.contains(document.activeElement))
    await loadPanels()
  await refresh()
}

document.body.append(spoken)
onBoard(showBoard)
onRange(fillRange)
addEventListener('hashchange', followAddress)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const panel of panelViews) panel.recolor()
})
addEventListener('keydown', (event) => {
  if (event.key === 't' && !(event.target instanceof HTMLSelectElement)) changeTheme()
})
Object.assign(window, { labDashboards: { panels: panelViews, state, view } })
followAddress()
await refresh()
