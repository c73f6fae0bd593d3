import { timeAxis } from '../charts/timeChart.ts'
import { timelineOf } from '../charts/timeline.ts'
import { Figures } from '../figures.ts'
import { html } from '../html.ts'
import { runAssets } from '../page/assets.ts'
import { embeddedFacts, hatches, pageText } from '../page/document.ts'
import type { Result } from '../schema/result.ts'
import { serializeResult } from '../schema/validate.ts'
import type { Page } from './page.ts'
import { disturbanceSections } from './sections/disturbance.ts'
import { eventsSection, repeatSection, setupSection, whereSection } from './sections/facts.ts'
import { latencySection } from './sections/latency.ts'
import { ledgerSection } from './sections/ledger.ts'
import { loadSection } from './sections/load.ts'
import { readsSections } from './sections/reads.ts'
import { resourcesSection } from './sections/resources.ts'
import { spikeSection } from './sections/spike.ts'
import { verdictPart } from './sections/verdict.ts'

/**
 * The whole report of a run as one HTML file that asks the network for nothing. Text, tables and pictures stand
 * without script; the script inside adds cursor, zoom and export.
 * @throws {ResultError} when the result does not fit its schema.
 */
export function renderRunReport(result: Result): string {
  const json = serializeResult(result)
  const page: Page = {
    result,
    figures: new Figures(result),
    timeline: timelineOf(result),
    columns: { s: result.series.s, endS: result.run.durationS, widthS: result.series.widthS },
    notEvidence: result.verdict.outcome === 'INVALID',
  }
  const { outcome, exitCode } = result.verdict
  return pageText({
    title: [outcome, result.run.scenario, result.target.title, result.run.startedAt.slice(0, 10)].join(' - '),
    data: { report: 'run', schema: result.schema, verdict: outcome, exit: String(exitCode) },
    meta: { verdict: outcome, 'run-id': result.run.id },
    start: { id: 'verdict', label: 'Skip to the verdict' },
    head: verdictPart(page),
    first: [
      { id: 'verdict', title: 'Did it hold?' },
      { id: 'validity', title: 'May I believe it?' },
    ],
    sections: [
      loadSection(page),
      latencySection(page),
      ledgerSection(page),
      spikeSection(page),
      ...disturbanceSections(page),
      ...readsSections(page),
      resourcesSection(page),
      whereSection(),
      eventsSection(page),
      setupSection(page),
      repeatSection(page, embeddedFacts(json)),
    ],
    definitions: html`${hatches(['hatch', 'suspect'])}${timeAxis(page.timeline)}`,
    json: { id: 'result', text: json },
    ...runAssets(),
  })
}
