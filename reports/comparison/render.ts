import { looksOf, markDefinitions } from '../charts/looks.ts'
import { sharedTimeline } from '../charts/timeline.ts'
import { Figures } from '../figures.ts'
import { Markup } from '../html.ts'
import { comparisonAssets } from '../page/assets.ts'
import { embeddedFacts, hatches, pageText, type Section } from '../page/document.ts'
import type { Comparison } from '../schema/comparison.ts'
import { serializeComparison } from '../schema/validate.ts'
import type { ComparisonPage } from './page.ts'
import { answerPart } from './sections/answer.ts'
import { costSection, readsSection } from './sections/cost.ts'
import { effectsSection } from './sections/effects.ts'
import { fairSection } from './sections/fair.ts'
import { shapeSection, timeSection } from './sections/multiples.ts'
import { repeatSection, statsSection } from './sections/numbers.ts'
import { runsSection } from './sections/runs.ts'

/**
 * The whole report of a comparison as one HTML file that asks the network for nothing and is complete without script.
 * @throws {ComparisonError} when the comparison does not fit its schema.
 */
export function renderComparisonReport(comparison: Comparison): string {
  const json = serializeComparison(comparison)
  const page: ComparisonPage = {
    comparison,
    figures: new Figures(comparison),
    looks: looksOf(comparison.arms),
    timeline: sharedTimeline(comparison.phases, lastSecond(comparison)),
  }
  const names = comparison.arms.filter((arm) => !arm.floorOnly).map((arm) => arm.name)
  const sections: (Section | null)[] = [
    effectsSection(page),
    runsSection(page),
    fairSection(page),
    shapeSection(page),
    timeSection(page),
    costSection(page),
    readsSection(page),
    statsSection(page),
    repeatSection(page, embeddedFacts(json)),
  ]
  return pageText({
    title: [names.join(' vs '), comparison.workload.scenario, comparison.startedAt.slice(0, 10)].join(' - '),
    data: { report: 'comparison', schema: comparison.schema, partial: String(comparison.partial !== null) },
    meta: { 'run-id': comparison.id, arms: names.join(' ') },
    start: { id: 'answer', label: 'Skip to the answer' },
    head: answerPart(page),
    first: [{ id: 'answer', title: 'Which, for what, how sure?' }],
    sections: sections.filter((section) => section !== null),
    definitions: new Markup(hatches(['hatch', 'floor']).text + markDefinitions.text),
    json: { id: 'comparison', text: json },
    ...comparisonAssets(),
  })
}

/** End of the longest run, drain included. */
function lastSecond({ runs }: Comparison): number {
  return runs.reduce((end, { time }) => Math.max(end, (time?.s.at(-1) ?? -1) + 1), 0)
}
