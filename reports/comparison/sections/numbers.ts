import { fixed, type Prose, plainText } from '../../figures.ts'
import { noFigure } from '../../format.ts'
import { type Content, compactTable, html, type Markup, type Row, table } from '../../html.ts'
import type { Embedded, Section } from '../../page/document.ts'
import type { ComparisonMetric, Effect } from '../../schema/comparison.ts'
import { armName, type ComparisonPage, floorIndex, intervalAt, metricIndex, valueAt } from '../page.ts'

/** Sections of figures and words: every number behind a decision, and how to do it again. */

export function statsSection(page: ComparisonPage): Section {
  const { comparison, figures } = page
  const method = comparison.method.map((_, index) => html`<li>${figures.quote(`/method/${index}`)}</li>`)
  const own = html`<li>Seed ${figures.at('/seed', 'plain')}, ${figures.at('/resamples', 'count')} resamples, a difference within ${figures.at('/delta', 'ratio')} is too small to act on.</li>`
  const words = comparison.effects.map(
    (_, index) => html`<li data-sentence="${index}">${figures.quote(`/effects/${index}/sentence`)}</li>`,
  )
  const body =
    comparison.effects.length === 0
      ? html`<p class="none">Nothing was compared.</p>`
      : html`${effectsTable(page)}<details class="values"><summary>Every effect in a sentence</summary><ul class="sentences">${words}</ul></details>`
  return {
    id: 'stats',
    title: 'The numbers behind',
    body: html`${body}<h3 class="apart">Method</h3><ul class="method">${method}${own}</ul>`,
  }
}

const statsHead = [
  'metric',
  'arm / baseline',
  'median, arm',
  'median, baseline',
  'runs',
  'ratio',
  '95 % interval',
  'p',
  'Holm p',
  'smallest p',
  'A/A floor',
  'decision',
  'runs a side that would tell',
]

function effectsTable(page: ComparisonPage): Markup {
  const rows = page.comparison.effects.map((_, index) => statsRow(page, index))
  const caption = 'Every pair of every metric; p is exact, two-sided, corrected within its metric'
  const pointers = ['/effects', '/floors', '/metrics']
  return html`<div class="stats">${compactTable({ caption, pointers, head: statsHead, rows })}</div>`
}

function statsRow({ comparison, figures }: ComparisonPage, index: number): Row {
  const effect = comparison.effects[index] as Effect
  const at = `/effects/${index}`
  const metric = comparison.metrics[metricIndex(comparison, effect.metric)] as ComparisonMetric
  const floor = floorIndex(comparison, effect.metric)
  const cells: Prose[] = [
    [metric.title],
    [`${effect.arm} / ${effect.baseline}`],
    valueAt(figures, metric, `${at}/medians/0`),
    valueAt(figures, metric, `${at}/medians/1`),
    [figures.at(`${at}/n/0`, 'count'), '+', figures.at(`${at}/n/1`, 'count')],
    [figures.at(`${at}/ratio`, 'ratio')],
    intervalAt(figures, at),
    [figures.at(`${at}/p`, 'p')],
    [figures.at(`${at}/holmP`, 'p')],
    [figures.at(`${at}/smallestP`, 'p')],
    floor < 0 ? [noFigure] : intervalAt(figures, `/floors/${floor}`),
    [effect.decision],
    [figures.at(`${at}/runsToTell`, 'count')],
  ]
  const data = { stat: String(index), 'stat-decision': effect.decision }
  return { data, cells: cells.map((cell) => plainText(cell)) }
}

export function repeatSection(page: ComparisonPage, { sha256, bytes }: Embedded): Section {
  const { comparison, figures } = page
  const partial =
    comparison.partial === null
      ? null
      : html`<p class="partial"><strong>Partial.</strong> ${figures.quote('/partial')}</p>`
  const rows: Row[] = [
    { cells: ['comparison', html`<code>${figures.quote('/id')}</code>`] },
    { cells: ['seed', html`<code>${figures.at('/seed', 'plain')}</code>`] },
    { cells: ['commit', html`<code>${comparison.commit === null ? 'unknown' : figures.quote('/commit')}</code>`] },
    { cells: ['lab', html`<code>${figures.quote('/labVersion')}</code>`] },
    { cells: [[fixed('SHA-256'), ' of comparison.json'], html`<code id="comparison-sha256">${sha256}</code>`] },
    { cells: ['size of comparison.json', html`<code>${String(bytes)} bytes</code>`] },
  ]
  const body = html`${partial}<pre class="command" tabindex="0" aria-label="Command"><code id="command" data-src="/command">${comparison.command}</code></pre>${runsTable(page)}${table({ caption: 'What identifies this comparison', head: ['what', 'value'], rows })}`
  return { id: 'repeat', title: 'How do I do it again?', body }
}

function runsTable(page: ComparisonPage): Content {
  const { comparison, figures } = page
  const rows = comparison.runs.map((run, index): Row => {
    const at = `/runs/${index}`
    return {
      data: { 'run-id': run.id },
      ...(run.excluded === null ? {} : { tone: 'quiet' }),
      cells: [
        figures.at(`${at}/order`, 'plain'),
        armName(page, run.arm),
        reportLink(page, index),
        run.outcome === null ? 'no result' : figures.quote(`${at}/outcome`),
        run.sha256 === null ? noFigure : html`<code>${figures.quote(`${at}/sha256`)}</code>`,
      ],
    }
  })
  if (rows.length === 0) return null
  return table({
    caption: 'Runs, each with its own report, and the hash of its result.json',
    head: ['order', 'arm', 'run', 'verdict', 'hash'],
    rows,
  })
}

/** Relative places only: a document from elsewhere must not send its reader anywhere. */
function reportLink({ comparison, figures }: ComparisonPage, index: number): Content {
  const name = html`<code>${figures.quote(`/runs/${index}/id`)}</code>`
  const report = comparison.runs[index]?.report ?? null
  if (report === null || /^[\w+.-]*:|^[/\\]/.test(report)) return name
  return html`<a href="${encodeURI(report)}">${name}</a>`
}
