import type uPlotType from 'uplot'
import { button, element } from '../../../reports/browser/dom.ts'
import type { ViewedPanel } from '../view.ts'
import { figureText } from './figures.ts'
import { drawPanel, lookOfLine, type Marks, swatchColor } from './plot.ts'
import { type PanelData, panelData } from './query.ts'
import { endS, onRange, state, zoomTo } from './view.ts'

/** One panel: heading, picture, legend with figures, and the same data as a table. */

const svg = 'http://www.w3.org/2000/svg'

/** What a screen reader hears when keys move the cursor. */
export const spoken = element('p', { id: 'spoken', 'aria-live': 'polite', class: 'unseen' })

export class PanelView {
  readonly figure: HTMLElement
  readonly #panel: ViewedPanel
  readonly #layer: HTMLElement
  readonly #legend = element('ul', { class: 'lines' })
  readonly #note = element('p', { class: 'note' })
  readonly #data: HTMLDetailsElement
  readonly #hidden = new Set<string>()
  readonly #resize: ResizeObserver
  #uplot: uPlotType | null = null
  #loaded: PanelData = { s: [], lines: [], error: null }
  #marks: Marks = { phases: [], faults: [] }

  constructor(panel: ViewedPanel) {
    this.#panel = panel
    const id = `panel-${panel.id}`
    this.#layer = element('div', {
      class: 'layer',
      tabindex: '0',
      role: 'group',
      'aria-label': `${panel.title}; arrow keys read it, plus and minus zoom, 0 shows all`,
    })
    this.#layer.addEventListener('keydown', (event) => this.#onKey(event))
    this.#data = element('details', { class: 'data' }, element('summary', {}, 'Data'))
    this.#data.addEventListener('toggle', () => this.#fillTable())
    this.figure = element(
      'figure',
      { class: `panel columns-${panel.columns}`, id, 'aria-labelledby': `${id}-title`, role: 'group' },
      element('h2', { id: `${id}-title` }, panel.title),
      element('p', { class: 'about' }, panel.description),
      this.#layer,
      this.#note,
      this.#legend,
      this.#data,
    )
    this.#resize = new ResizeObserver(() => this.#fit())
    this.#resize.observe(this.#layer)
  }

  /** For tests and the console. */
  get data(): PanelData {
    return this.#loaded
  }

  async load(marks: Marks): Promise<void> {
    this.#marks = marks
    this.#loaded = await panelData(this.#panel)
    this.draw()
  }

  draw(): void {
    const { lines, error } = this.#loaded
    this.#uplot?.destroy()
    this.#uplot = null
    this.figure.classList.toggle('empty', lines.length === 0)
    this.#layer.hidden = lines.length === 0
    this.#data.hidden = lines.length === 0
    this.#note.textContent = error ? `Prometheus: ${error}` : lines.length === 0 ? 'No data in this run.' : ''
    if (lines.length > 0)
      this.#uplot = drawPanel(this.#panel, this.#loaded, this.#marks, this.#layer, this.#hidden, (index) =>
        this.#showFigures(index),
      )
    this.#fillLegend()
    this.#fillTable()
  }

  rezoom(): void {
    this.#uplot?.setData(this.#uplot.data)
  }

  recolor(): void {
    this.#uplot?.redraw(false)
  }

  remove(): void {
    this.#resize.disconnect()
    this.#uplot?.destroy()
    this.figure.remove()
  }

  #fit(): void {
    const { clientWidth: width, clientHeight: height } = this.#layer
    if (this.#uplot && width > 0 && (width !== this.#uplot.width || height !== this.#uplot.height))
      this.#uplot.setSize({ width, height })
  }

  #fillLegend(): void {
    const items = this.#loaded.lines.map(({ name }, index) => {
      const toggle = button('', () => this.#toggle(name), { 'aria-pressed': String(!this.#hidden.has(name)) })
      toggle.append(this.#swatch(index), element('span', {}, name), element('output', { class: 'figure' }))
      return element('li', {}, toggle)
    })
    this.#legend.replaceChildren(...items)
    this.#showFigures(null)
  }

  #toggle(name: string): void {
    if (!this.#hidden.delete(name)) this.#hidden.add(name)
    const index = this.#loaded.lines.findIndex((line) => line.name === name)
    this.draw()
    this.#legend.querySelectorAll('button')[index]?.focus()
  }

  #swatch(index: number): SVGElement {
    const { color, width, dash } = lookOfLine(this.#panel, this.#loaded.lines, index)
    const picture = document.createElementNS(svg, 'svg')
    picture.setAttribute('viewBox', '0 0 24 8')
    picture.setAttribute('aria-hidden', 'true')
    const line = document.createElementNS(svg, 'path')
    line.setAttribute('d', 'M0 4h24')
    line.setAttribute('stroke', swatchColor({ color, width, dash, fill: 0 }))
    line.setAttribute('stroke-width', String(Math.max(width, 1.5)))
    line.setAttribute('stroke-dasharray', dash.join(' '))
    picture.append(line)
    return picture
  }

  /** At the cursor; without one the largest, which no picture may hide. */
  #showFigures(index: number | null): void {
    const outputs = this.#legend.querySelectorAll('output')
    this.#loaded.lines.forEach(({ values }, line) => {
      const top = values.reduce<number | null>(
        (high, value) => (value === null ? high : Math.max(high ?? value, value)),
        null,
      )
      const text =
        index === null ? `max ${figureText(this.#panel.unit, top)}` : figureText(this.#panel.unit, values[index])
      const output = outputs[line]
      if (output) output.textContent = text
    })
  }

  #onKey(event: KeyboardEvent): void {
    const [from, to] = state.range ?? [0, endS()]
    const middle = (from + to) / 2
    const quarter = (to - from) / 4
    if (event.key === '+') zoomTo(middle - quarter, middle + quarter)
    else if (event.key === '-') zoomTo(middle - 4 * quarter, middle + 4 * quarter)
    else if (event.key === '0') zoomTo(0, endS())
    else if (!this.#moveCursor(event)) return
    event.preventDefault()
  }

  #moveCursor({ key, shiftKey }: KeyboardEvent): boolean {
    const last = this.#loaded.s.length - 1
    const now = this.#uplot?.cursor.idx ?? 0
    const step = shiftKey ? 10 : 1
    const target = { ArrowLeft: now - step, ArrowRight: now + step, Home: 0, End: last }[key]
    if (target === undefined || !this.#uplot) return false
    const index = Math.min(Math.max(target, 0), last)
    const second = this.#loaded.s[index] as number
    this.#uplot.setCursor({ left: this.#uplot.valToPos(second, 'x'), top: 10 })
    const figures = this.#loaded.lines.map(
      ({ name, values }) => `${name} ${figureText(this.#panel.unit, values[index])}`,
    )
    spoken.textContent = `${second} s: ${figures.join(', ')}`
    return true
  }

  #fillTable(): void {
    this.#data.querySelector('.scroll')?.remove()
    if (!this.#data.open) return
    const { s, lines } = this.#loaded
    const head = ['s', ...lines.map(({ name }) => name)].map((text) => element('th', { scope: 'col' }, text))
    const rows = s.map((second, index) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row' }, String(second)),
        ...lines.map(({ values }) => element('td', {}, figureText(this.#panel.unit, values[index]))),
      ),
    )
    const table = element('table', {}, element('caption', {}, this.#panel.title))
    table.append(element('thead', {}, element('tr', {}, ...head)), element('tbody', {}, ...rows))
    const scroll = element(
      'div',
      { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': `Data of ${this.#panel.title}` },
      table,
    )
    this.#data.append(scroll)
  }
}

export const panelViews: PanelView[] = []

onRange(() => {
  for (const view of panelViews) view.rezoom()
})
