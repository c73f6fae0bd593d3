import { type Content, html, type Row, table } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import { readNames } from '../../wording.ts'
import type { Page } from '../page.ts'

/** How long did people wait for history, while others wrote? Missing where no reads were asked for. */
export function readsSections({ result, figures }: Page): Section[] {
  const { reads } = result
  if (reads === null) return []
  const rows = reads.kinds.map(({ kind, errors, latency }, index): Row => {
    const at = `/reads/kinds/${index}`
    const wrong: Content =
      errors.length === 0
        ? 'none'
        : errors.map(
            ({ code }, i) =>
              html`<span class="refused"><code>${code}</code> ${figures.at(`${at}/errors/${i}/count`, 'count')}</span> `,
          )
    const quantiles = (['p50', 'p90', 'p99', 'p999', 'max'] as const).map((name): Content => {
      if (latency === null) return '–'
      const figure = figures.at(`${at}/latency/${name}`, 'ms')
      return latency.thin.includes(name) ? html`<span class="thin">(${figure})</span>` : figure
    })
    return {
      data: { read: kind },
      cells: [readNames[kind], figures.at(`${at}/intended`, 'count'), wrong, ...quantiles],
    }
  })
  const late =
    reads.lateness === null
      ? null
      : html` Sent late by p99 ${figures.at('/reads/lateness/p99', 'latency')}, which the figures contain.`
  const body = html`${table({
    caption: 'Latency of history reads over REST in the measured phases, ms',
    head: ['read', '#due', 'errors', '#p50', '#p90', '#p99', '#p99.9', '#max'],
    rows,
  })}<p class="note">${figures.at('/reads/perSecond', 'rate')} reads a second, the kinds in turn, from the moment each was due; pages of ${figures.at('/reads/pageRows', 'count')} rows. The lab's own process sends them: its CPU stands among the resources.${late}</p>`
  return [{ id: 'reads', title: 'How long did people wait for history?', body }]
}
