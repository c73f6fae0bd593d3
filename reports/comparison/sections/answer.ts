import { type Content, html, type Markup } from '../../html.ts'
import { armName, type ComparisonPage, decisionBadge } from '../page.ts'

/** The first screen: what was compared, what is missing, and a sentence a primary metric. */
export function answerPart(page: ComparisonPage): Markup {
  const { comparison, figures } = page
  const decisive = comparison.arms.filter((arm) => !arm.floorOnly)
  const names = decisive.map(({ name }, index) => html`${index === 0 ? null : ' against '}${armName(page, name)}`)
  return html`<section id="answer" aria-labelledby="answer-title" class="verdict">
<p class="what">${figures.quote('/factor')} compared <span class="dot">·</span> ${figures.quote('/workload/scenario')} to ${figures.at('/workload/peakRate', 'rate')} msg/s <span class="dot">·</span> ${runsWords(page)} <span class="dot">·</span> <time datetime="${comparison.startedAt}" data-src="/startedAt" data-op="minute">${minuteUtc(comparison.startedAt)}</time></p>
${partialNote(page)}<h1 id="answer-title">${names}</h1>
${flags(page)}<ul class="answers">${comparison.answer.map((_, index) => answerItem(page, index))}</ul>
</section>
${warningsPart(page)}`
}

/** `2026-11-21 10:15 UTC`. */
const minuteUtc = (iso: string) => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`

function runsWords({ comparison, figures }: ComparisonPage): Content {
  const used = comparison.arms.map((_, index) => `/arms/${index}/runsUsed`)
  const planned = comparison.arms.map((_, index) => `/arms/${index}/runsPlanned`)
  return html`${figures.derived('sum', used, 'count')} of ${figures.derived('sum', planned, 'count')} runs count${comparison.arms.some((arm) => arm.floorOnly) ? ', A/A pair included' : null}`
}

const partialNote = ({ comparison, figures }: ComparisonPage): Content =>
  comparison.partial === null
    ? null
    : html`<p class="partial" data-partial="true"><strong>Partial.</strong> ${figures.quote('/partial')}</p>`

function flags({ comparison, figures }: ComparisonPage): Content {
  const own = comparison.arms.flatMap(({ compatibleFlags, name }, arm) =>
    comparison.arms[arm]?.floorOnly
      ? []
      : compatibleFlags.map(
          (_, index) =>
            html`<span class="compatible" data-arm-flag="${name}">${figures.quote(`/arms/${arm}/name`)}: ${figures.quote(`/arms/${arm}/compatibleFlags/${index}`)}</span> `,
        ),
  )
  return own.length === 0 ? null : html`<p class="flags">${own}</p>`
}

function answerItem(page: ComparisonPage, index: number): Markup {
  const { comparison, figures } = page
  const effect = comparison.answer[index]?.effect ?? null
  const text = html`<p class="sentence">${figures.quote(`/answer/${index}/text`)}</p>`
  if (effect === null) return html`<li class="plain">${text}</li>`
  return html`<li><p class="told">${decisionBadge(page, effect)} <span class="aside">${figures.quote(`/effects/${effect}/arm`)} against ${figures.quote(`/effects/${effect}/baseline`)}</span></p>${text}</li>`
}

function warningsPart({ comparison, figures }: ComparisonPage): Content {
  if (comparison.warnings.length === 0) return null
  const items = comparison.warnings.map((_, index) => html`<li>${figures.quote(`/warnings/${index}`)}</li>`)
  return html`<div class="warned"><h2 class="sub">Warnings</h2><ul class="warnings">${items}</ul></div>`
}
