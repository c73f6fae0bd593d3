import { element } from './dom.ts'
import { result, state } from './run.ts'

/** The data of one chart as CSV: raw values, units in the head, the run's id in the first line. */
export function csvOf(figure: HTMLElement): string {
  const { widthS } = result.series
  const machine = figure.id === 'chart-machine'
  const source = (machine ? result.resources : result.series) as unknown as Record<string, (number | null)[]>
  const latency = figure.id === 'chart-latency'
  const heat = figure.id === 'chart-heatmap'
  const keys = heat
    ? ['deliveryP50', 'deliveryP99', ...(widthS === 1 ? [] : ['deliveryP99Worst']), 'deliveryMax']
    : (figure.dataset.keys ?? '').split(' ').map((key) => (latency ? key.replace(/^delivery/, state.metric) : key))
  const unit = machine ? 'share' : (figure.dataset.unit ?? '')
  const head = ['s', ...keys.map((key) => `${key} [${unit}]`)].join(',')
  const rows = result.series.s.map((s, index) => [s, ...keys.map((key) => source[key]?.[index] ?? '')].join(','))
  const columns = widthS === 1 ? '' : `, columns of ${widthS} s or up to the next one, gauges at their most`
  return [`# run ${result.run.id}${columns}`, head, ...rows].join('\n')
}

/** To the clipboard; where that is not allowed, into a box to select from. */
export async function copyCsv(figure: HTMLElement, note: (text: string) => void): Promise<void> {
  const text = csvOf(figure)
  try {
    await navigator.clipboard.writeText(text)
    note('CSV copied to the clipboard.')
  } catch {
    showCsv(text)
  }
}

export function showCsv(text: string): void {
  const area = element('textarea', { readonly: '', rows: '16', 'aria-label': 'CSV of the chart' })
  area.value = text
  const close = element('button', { type: 'button' }, 'Close')
  const dialog = element('dialog', { 'aria-label': 'CSV of the chart', id: 'csv' }, area, close)
  close.addEventListener('click', () => dialog.close())
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  area.select()
}
