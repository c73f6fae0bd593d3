import { type Content, html } from '../../html.ts'
import type { Section } from '../../page/document.ts'
import { armName, type ComparisonPage } from '../page.ts'
import { metricsOf } from './runs.ts'
import { metricStrips } from './strips.ts'

/** Cost is compared at the same service level only: what missed it is named, not drawn. */
export function costSection(page: ComparisonPage): Section {
  const { comparison } = page
  const title = 'What does it cost at the same service level?'
  const metrics = metricsOf(page, (group) => group === 'cost')
  const arms = comparison.arms.filter((arm) => arm.metSlos)
  if (metrics.length === 0) return { id: 'cost', title, body: html`<p class="none">No cost was measured.</p>` }
  const figures =
    arms.length === 0
      ? html`<p class="none">No arm met every service level, so no cost is compared.</p>`
      : metricStrips(page, metrics, { arms, interval: true, order: false })
  return { id: 'cost', title, body: html`${missedList(page)}${figures}` }
}

/** Arms whose cost is not compared, each with its reason. */
export function missedList(page: ComparisonPage): Content {
  const { comparison, figures } = page
  const items = comparison.arms.flatMap((arm, index) => {
    if (arm.metSlos) return []
    const why = arm.missed === null ? 'no run that counts' : html`missed ${figures.quote(`/arms/${index}/missed`)}`
    return [
      html`<li data-arm="${arm.name}" data-comparable="false">${armName(page, arm.name)} not comparable: ${why}</li>`,
    ]
  })
  return items.length === 0 ? null : html`<ul class="not-comparable">${items}</ul>`
}

/** History reads; left out where none were made. */
export function readsSection(page: ComparisonPage): Section | null {
  const metrics = metricsOf(page, (group) => group === 'reads')
  if (metrics.length === 0) return null
  const { arms } = page.comparison
  const body = metricStrips(page, metrics, { arms, interval: false, order: true })
  return { id: 'reads', title: 'History reads', body }
}
