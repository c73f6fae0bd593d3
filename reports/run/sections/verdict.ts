import { type Content, html, Markup, table } from '../../html.ts'
import type { Result, SloResult } from '../../schema/result.ts'
import { verdictSentences } from '../../sentences.ts'
import { metricName, phaseWords, sloFigures } from '../../wording.ts'
import type { Page } from '../page.ts'
import { validityPart } from './validity.ts'

type Outcome = Result['verdict']['outcome']

/** A shape beside the word, for those to whom the colours look alike. */
const shapes: Record<Outcome, string> = {
  PASS: '<path d="M6 17l7 7L27 8"/>',
  FAIL: '<path d="M8 8l16 16M24 8L8 24"/>',
  INVALID: '<path d="M10 11a6 6 0 1 1 9 5.2c-2 1.2-3 2.3-3 4.6M16 26v.5"/>',
  INCOMPLETE: '<path d="M7 16h18"/>',
}

export function outcomeBadge(outcome: Outcome): Markup {
  const shape = new Markup(shapes[outcome])
  return html`<span class="badge"><svg viewBox="0 0 32 32" aria-hidden="true">${shape}</svg>${outcome}</span>`
}

/** The first screen: the word, why, what was asked of the system and whether the run may be believed. */
export function verdictPart(page: Page): Markup {
  const { result, figures } = page
  const sentences = verdictSentences(result).map((sentence) => html`<p class="sentence">${sentence}</p>`)
  const flags = result.target.compatibleFlags.map(
    (_, index) => html`<span class="compatible">${figures.quote(`/target/compatibleFlags/${index}`)}</span> `,
  )
  return html`<section id="verdict" aria-labelledby="verdict-word" class="verdict ${result.verdict.outcome.toLowerCase()}">
<p class="what">${figures.quote('/target/title')} ${flags}<span class="dot">·</span> ${figures.quote('/run/scenario')}${labelWords(page)} <span class="dot">·</span> <time datetime="${result.run.startedAt}" data-src="/run/startedAt" data-op="minute">${minuteUtc(result.run.startedAt)}</time></p>
<h1 id="verdict-word">${outcomeBadge(result.verdict.outcome)}</h1>
<div class="words">${sentences}</div>
${reasonsList(page)}
</section>
<div class="pair">
<div class="slo-part"><h2 id="slos" class="sub">Service levels</h2>${evidenceNote(page)}${sloTable(page)}</div>
${validityPart(page)}
</div>`
}

/** `2026-11-21 10:15 UTC`. */
const minuteUtc = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`

const labelWords = ({ result, figures }: Page): Content =>
  result.run.label === '' ? null : html` <span class="dot">·</span> ${figures.quote('/run/label')}`

function reasonsList({ result, figures }: Page): Content {
  // A single reason is what the sentences say already.
  if (result.verdict.reasons.length < 2) return null
  const items = result.verdict.reasons.map(
    ({ code }, index) =>
      html`<li data-reason="${code}"><code>${code}</code> ${figures.quote(`/verdict/reasons/${index}/text`)}</li>`,
  )
  return html`<ul class="reasons" aria-label="Reasons, gravest first">${items}</ul>`
}

export const evidenceNote = ({ notEvidence }: Page): Content =>
  notEvidence ? html`<p class="stamp">not evidence</p>` : null

const metWord = (met: boolean | null) => (met === null ? 'not judged' : met ? 'yes' : 'no')

function sloTable(page: Page): Markup {
  const { result } = page
  if (result.slos.length === 0) return html`<p class="none">No service level was set: nothing can be missed.</p>`
  return table({
    caption: 'Each with its bound; latencies in ms',
    head: ['metric', 'phase', '#measured', '#bound', '#of bound', '#seconds missed', 'met?'],
    rows: result.slos.map((slo, index) => sloRow(page, slo, index)),
    className: 'cards',
  })
}

function sloRow({ figures }: Page, slo: SloResult, index: number) {
  const { measured, bound } = sloFigures(figures, index, true)
  const at = `/slos/${index}`
  const missed = slo.secondsMissed === null ? '–' : figures.at(`${at}/secondsMissed`, 'count')
  const thin = slo.thin ? [html`(`, measured, html`)`] : measured
  const cells: Content[] = [
    metricName(slo),
    phaseWords(slo.worstPhase ?? slo.phase),
    slo.measured === null ? '– no samples' : thin,
  ]
  const rest: Content[] = [bound, figures.at(`${at}/ratio`, 'ratio'), missed, metCell(slo)]
  const data = { slo: slo.id, met: String(slo.met) }
  return { data, cells: [...cells, ...rest], tone: slo.met === true ? undefined : ('bad' as const) }
}

const metCell = (slo: SloResult): Markup =>
  html`<span class="state ${slo.met === true ? 'good' : 'bad'}">${metWord(slo.met)}</span>`
