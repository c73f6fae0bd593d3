import { ledgerFinding } from '../../findings.ts'
import { noFigure } from '../../format.ts'
import { type Content, html, type Markup, type Row, table } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import type { Page } from '../page.ts'

/** Is anything lost, doubled, reordered? */
export function ledgerSection(page: Page): Section {
  const body = html`<p class="finding">${ledgerFinding(page.figures)}</p>
<div class="pair">${funnelTable(page)}<div>${counterTable(page)}${auditNote(page)}</div></div>`
  return { id: 'ledger', title: 'Is anything lost, doubled or reordered?', body }
}

function funnelTable({ result, figures }: Page): Markup {
  const { funnel } = result.ledger
  const rows = funnel.map(({ stage, count, note }, index): Row => {
    const at = `/ledger/funnel/${index}`
    const words = note === '' ? null : html` <span class="aside">${figures.quote(`${at}/note`)}</span>`
    // Deliveries count copies, so a difference to messages would compare two units.
    const before =
      stage === 'delivered'
        ? -1
        : funnel.findLastIndex((other, i) => i < index && other.count !== null && other.stage !== 'delivered')
    const difference =
      before < 0 || count === null
        ? noFigure
        : figures.derived('delta', [`${at}/count`, `/ledger/funnel/${before}/count`], 'count')
    return { data: { stage }, cells: [html`${stage}${words}`, figures.at(`${at}/count`, 'count'), difference] }
  })
  return table({
    caption: 'From intended to stored: whole numbers',
    head: ['stage', '#messages', '#difference to the stage before'],
    rows,
  })
}

function counterTable({ result, figures }: Page): Markup {
  const rows = result.ledger.counters.map(({ name, count, examples }, index): Row => {
    const at = `/ledger/counters/${index}`
    const identities = examples
      .slice(0, 5)
      .map(({ generator, room, k }) => html`<code>(${generator}, ${room}, ${k})</code> `)
    const state = count === null ? 'cannot tell' : count === 0 ? 'holds' : 'broken'
    const first: Content = html`${figures.quote(`${at}/invariant`)} <span class="aside">${name}</span>`
    const last: Content = html`<span class="state ${count === 0 ? 'good' : 'bad'}">${state}</span> ${identities}`
    const tone = count === 0 ? undefined : ('bad' as const)
    return { data: { counter: name }, cells: [first, figures.at(`${at}/count`, 'count'), last], tone }
  })
  return table({
    caption: 'Eight invariants: each counter must be zero; identities are (generator, room, k)',
    head: ['invariant', '#violations', 'state and first identities'],
    rows,
  })
}

function auditNote({ result, figures }: Page): Markup {
  const { audit, indeterminate } = result.ledger
  const at = '/ledger/audit'
  const stored =
    indeterminate.stored === null || indeterminate.notStored === null
      ? null
      : html` Of the indeterminate, ${figures.at('/ledger/indeterminate/stored', 'count')} are stored and ${figures.at('/ledger/indeterminate/notStored', 'count')} are not.`
  const problem = audit.problem === null ? null : html`<p class="problem">${figures.quote(`${at}/problem`)}</p>`
  const history =
    audit.historyRows === 0
      ? null
      : html` and, in none of these figures, ${figures.at(`${at}/historyRows`, 'count')} rows of the history stored before the load`
  const foreign = html`${figures.at(`${at}/foreignRows`, 'count')} rows of other origin${history}.`
  return html`<p class="note">${audit.complete ? 'The audit is complete' : 'The audit is not complete'}: ${figures.at(`${at}/rowsRead`, 'count')} rows read back with ${figures.quote(`${at}/reader`)}, not through the system under test; ${foreign} Indeterminate: ${figures.at('/ledger/indeterminate/count', 'count')}.${stored}</p>${problem}`
}
