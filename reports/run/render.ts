import { createHash } from 'node:crypto'
import { timelineOf } from '../charts/timeline.ts'
import { Figures } from '../figures.ts'
import { html, Markup } from '../html.ts'
import type { Result } from '../schema/result.ts'
import { serializeResult } from '../schema/validate.ts'
import { interactiveScript, stylesheet } from './assets.ts'
import type { Page, Section } from './page.ts'
import { eventsSection, repeatSection, setupSection, whereSection } from './sections/facts.ts'
import { latencySection } from './sections/latency.ts'
import { ledgerSection } from './sections/ledger.ts'
import { loadSection } from './sections/load.ts'
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
    notEvidence: result.verdict.outcome === 'INVALID',
  }
  const embedded = { sha256: createHash('sha256').update(json).digest('hex'), bytes: Buffer.byteLength(json) }
  const sections = [
    loadSection(page),
    latencySection(page),
    ledgerSection(page),
    spikeSection(page),
    resourcesSection(page),
    whereSection(),
    eventsSection(page),
    setupSection(page),
    repeatSection(page, embedded),
  ]
  return documentText(page, sections, json)
}

function documentText(page: Page, sections: readonly Section[], json: string): string {
  const { result } = page
  const styles = stylesheet()
  const script = interactiveScript()
  const policy = `default-src 'none'; style-src ${hashOf(styles)}; script-src ${hashOf(script)}; base-uri 'none'; form-action 'none'`
  const title = [
    result.verdict.outcome,
    result.run.scenario,
    result.target.title,
    result.run.startedAt.slice(0, 10),
  ].join(' - ')
  const markup = html`<!doctype html>
<html lang="en" data-report="run" data-schema="${result.schema}" data-verdict="${result.verdict.outcome}" data-exit="${result.verdict.exitCode}">
<head><meta charset="utf-8"><title>${title}</title>
<meta name="lab-verdict" content="${result.verdict.outcome}"><meta name="lab-run-id" content="${result.run.id}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<style>${new Markup(styles)}</style></head>
<body><a class="skip" href="#verdict">Skip to the verdict</a>
${patterns}
<main>${verdictPart(page)}
${contents(sections)}
${sections.map((section, index) => sectionMarkup(section, index + 3))}
</main>
<script type="application/json" id="result">${new Markup(json.trimEnd().replaceAll('<', '\\u003c'))}</script>
<script>${new Markup(script)}</script>
</body></html>
`
  return markup.text
}

const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

function contents(sections: readonly Section[]): Markup {
  const own = sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)
  return html`<nav id="contents" aria-label="Contents"><ol><li><a href="#verdict">Did it hold?</a></li><li><a href="#validity">May I believe it?</a></li>${own}</ol><div id="controls"></div></nav>`
}

const sectionMarkup = ({ id, title, body }: Section, number: number): Markup =>
  html`<section id="${id}" aria-labelledby="t-${id}"><h2 id="t-${id}"><a class="anchor" href="#${id}" data-static>${number}</a> ${title}</h2>${body}</section>`

/** Hatches for all pictures: not measured (phases), and seconds that break a rule. */
const patterns = new Markup(
  ['hatch', 'suspect']
    .map(
      (name) =>
        `<pattern id="${name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="pattern-${name}" d="M0 0v6"/></pattern>`,
    )
    .reduce((all, pattern) => all + pattern, '<svg class="patterns" aria-hidden="true" width="0" height="0"><defs>')
    .concat('</defs></svg>'),
)
