import type { Figure, Part } from './figures.ts'

/** Text that is markup already; everything else is escaped on its way into a page. */
export class Markup {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type Content = string | number | Markup | Part | null | readonly Content[]

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? char)

/** Tagged template: values are escaped, figures and quotes keep the pointer that proves them, lists are joined. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = strings.map((text, index) => text + (index < values.length ? render(values[index] as Content) : ''))
  return new Markup(parts.join(''))
}

function render(content: Content): string {
  if (content === null) return ''
  if (content instanceof Markup) return content.text
  if (typeof content === 'string' || typeof content === 'number') return escapeHtml(String(content))
  if (isList(content)) return content.map(render).join('')
  if (content.kind === 'figure') return dataElement(content)
  if (content.kind === 'quote') return `<span data-src="${escapeHtml(content.src)}">${escapeHtml(content.text)}</span>`
  return `<span data-static>${escapeHtml(content.text)}</span>`
}

const isList = (content: Content): content is readonly Content[] => Array.isArray(content)

function dataElement(figure: Figure): string {
  const op = figure.op === null ? '' : ` data-op="${figure.op}"`
  const bound = figure.boundSrc === null ? '' : ` data-bound="${escapeHtml(figure.boundSrc)}"`
  const unit = `data-unit="${unitOf(figure)}" data-as="${figure.as}"`
  return `<data value="${figure.value}" data-src="${escapeHtml(figure.src)}" ${unit}${op}${bound}>${escapeHtml(figure.text)}</data>`
}

const units: Partial<Record<Figure['as'], string>> = {
  latency: 'us',
  ms: 'us',
  bound: 'us',
  boundMs: 'us',
  rate: '1/s',
  seconds: 's',
  mebibytes: 'MiB',
  bytes: 'B',
  goodShare: 'ratio',
  badShare: 'ratio',
  ratio: 'ratio',
  p: 'probability',
}
const unitOf = (figure: Figure) => units[figure.as] ?? 'count'

export interface Row {
  /** Attributes of the row, for tests and bots: `{ slo: 'id', met: 'true' }` becomes `data-slo="id" data-met="true"`. */
  readonly data?: Readonly<Record<string, string>>
  readonly cells: readonly Content[]
  readonly tone?: 'bad' | 'warn' | 'quiet'
}

export interface Table {
  readonly caption: Content
  /** Column heads; a leading `#` right-aligns a column of figures. A drawn head has its name in `label`. */
  readonly head: readonly (string | { readonly label: string; readonly content: Content })[]
  readonly rows: readonly Row[]
  readonly className?: string
}

/** A table in a focusable box of its own, so that a narrow page never scrolls sideways as a whole. */
export function table({ caption, head, rows, className = '' }: Table): Markup {
  const names = head.map((entry) => (typeof entry === 'string' ? entry : entry.label))
  const numeric = names.map((name) => name.startsWith('#'))
  const labels = names.map((name) => name.replace(/^#/, ''))
  const heads = head.map(
    (entry, index) =>
      html`<th scope="col"${classOf(numeric[index] ? 'n' : '')}>${typeof entry === 'string' ? (labels[index] ?? '') : entry.content}</th>`,
  )
  // Only a table that turns into cards on a narrow page shows the head of each cell beside it.
  const labelOf = (label = '') => (className.includes('cards') ? html` data-label="${label}"` : null)
  const body = rows.map((row) => {
    const cells = row.cells.map((cell, index) =>
      index === 0
        ? html`<th scope="row">${cell}</th>`
        : html`<td${classOf(numeric[index] ? 'n' : '')}${labelOf(labels[index])}>${cell}</td>`,
    )
    return html`<tr${classOf(row.tone ?? '')}${dataAttributes(row.data ?? {})}>${cells}</tr>\n`
  })
  const label = typeof caption === 'string' ? caption : 'table'
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table${classOf(className)}>
<caption>${caption}</caption><thead><tr>${heads}</tr></thead>
<tbody>${body}</tbody></table></div>`
}

export interface CompactTable extends Omit<Table, 'head'> {
  readonly head: readonly Content[]
  /** Where its figures come from: one pointer a column or list, instead of one a cell. */
  readonly pointers: readonly string[]
}

/** Many figures in few bytes: end tags that HTML lets a writer leave out are left out. */
export function compactTable({ caption, pointers, head, rows, className = '' }: CompactTable): Markup {
  const body = rows.map(({ data = {}, tone = '', cells }) => {
    const rest = cells.slice(1).map((cell) => html`<td>${cell}`)
    return html`<tr${classOf(tone)}${dataAttributes(data)}><th scope="row">${cells[0] ?? ''}${rest}\n`
  })
  const label = typeof caption === 'string' ? caption : 'data'
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table${classOf(className)} data-columns-src="${pointers.join(' ')}"><caption>${caption}</caption><thead><tr>${head.map((name) => html`<th scope="col">${name}`)}</thead><tbody>${body}</tbody></table></div>`
}

const classOf = (name: string): Markup => new Markup(name === '' ? '' : ` class="${name}"`)

function dataAttributes(data: Readonly<Record<string, string>>): Markup {
  const pairs = Object.entries(data).map(([name, value]) => ` data-${name}="${escapeHtml(value)}"`)
  return new Markup(pairs.join(''))
}
