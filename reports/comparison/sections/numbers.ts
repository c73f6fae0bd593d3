import { fixed, type Prose, plainText } from '../../figures.ts'
import { noFigure } from '../../format.ts'
import { type Content, compactTable, html, type Markup, type Row, table } from '../../html.ts'
import type { Embedded, Section } from '../../page/document.ts'
import type { ComparisonMetric, Effect } from '../../schema/comparison.ts'
import { type ComparisonPage, floorIndex, intervalAt, metricIndex, tones, valueAt } from '../page.ts'

/** Sections of figures and words: every number behind a decision, and how to do it again. */

export function statsSection(page: ComparisonPage): Section {
  const { comparison, figures } = page
  const method = comparison.method.map((_, index) => html`<li>${figures.quote(`/method/${index}`)}</li>`)
  const own = html`<li>Seed ${figures.at('/seed', 'plain')}, ${figures.at('/resamples', 'count')} resamples, a difference within ${figures.at('/delta', 'ratio')} is too small to act on.</li>`
  const open = comparison.effects.flatMap(({ decision, sentence }, index) =>
    tones[decision] === 'open'
      ? [html`<li data-sentence="${index}" data-src="/effects/${index}/sentence">${sentence}</li>`]
      : [],
  )
  const why =
    open.length === 0
      ? null
      : html`<details class="values"><summary>Why nothing was told, effect by effect</summary><ul class="sentences">${open}</ul></details>`
  const body =
    comparison.effects.length === 0
      ? html`<p class="none">Nothing was compared.</p>`
      : html`${effectsTable(page)}${why}`
  return {
    id: 'stats',
    title: 'The numbers behind',
    body: html`${body}<h3 class="apart">Method</h3><ul class="method">${method}${own}</ul>`,
  }
}

const statsHead = [
  'metric',
  'arm / baseline',
  'medians, arm / baseline (runs)',
  'ratio (95 % interval)',
  'p, after Holm, smallest possible',
  'A/A floor',
  'decision, runs a side that would tell',
]

/** A row an effect; the metric and its floor stand once for all of its pairs. */
function effectsTable(page: ComparisonPage): Markup {
  const { effects } = page.comparison
  const byMetric = Map.groupBy(effects.keys(), (index) => (effects[index] as Effect).metric)
  const groups = [...byMetric].map(([metric, indices]) => statsGroup(page, metric, indices))
  const caption = 'Every pair of every metric; p is exact, two-sided, corrected within its metric'
  const head = statsHead.map((name) => html`<th scope="col">${name}`)
  return html`<div class="scroll stats" tabindex="0" role="region" aria-label="${caption}"><table data-columns-src="/effects /floors /metrics"><caption>${caption}</caption><thead><tr>${head}</thead>${groups}</table></div>`
}

function statsGroup(page: ComparisonPage, id: string, indices: readonly number[]): Markup {
  const { comparison, figures } = page
  const metric = comparison.metrics[metricIndex(comparison, id)] as ComparisonMetric
  const floor = floorIndex(comparison, id)
  const rows = indices.map((index, at) => {
    const { decision } = comparison.effects[index] as Effect
    const span = html` rowspan="${indices.length}"`
    const name = at > 0 ? null : html`<th scope="rowgroup"${span}>${metric.title}`
    const noise =
      at > 0
        ? null
        : html`<td${span}>${floor < 0 ? noFigure : intervalAt(figures, `/floors/${floor}`).map((part) => plainText([part]))}`
    const [own, told] = statsCells(page, index, metric)
    return html`<tr data-stat="${index}" data-stat-decision="${decision}">${name}${own}${noise}${told}\n`
  })
  return html`<tbody>${rows}`
}

/** The cells before and after the floor. */
function statsCells(
  { comparison, figures }: ComparisonPage,
  index: number,
  metric: ComparisonMetric,
): [Content, Content] {
  const effect = comparison.effects[index] as Effect
  const at = `/effects/${index}`
  const cells = (list: readonly Prose[]): Content => list.map((prose) => html`<td>${plainText(prose)}`)
  const medians = [0, 1].map((side) => valueAt(figures, metric, `${at}/medians/${side}`)) as [Prose, Prose]
  return [
    cells([
      [`${effect.arm} / ${effect.baseline}`],
      [...medians[0], ' / ', ...medians[1], ` (${effect.n[0]}+${effect.n[1]})`],
      [figures.at(`${at}/ratio`, 'ratio'), ' (', ...intervalAt(figures, at), ')'],
      [figures.at(`${at}/p`, 'p'), ', ', figures.at(`${at}/holmP`, 'p'), ', ', figures.at(`${at}/smallestP`, 'p')],
    ]),
    cells([
      effect.runsToTell === null
        ? [effect.decision]
        : [effect.decision, ', about ', figures.at(`${at}/runsToTell`, 'count')],
    ]),
  ]
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
  const rows = page.comparison.runs.map((run, index): Row => {
    const told = [run.outcome ?? 'no result', run.sha256 === null ? noFigure : run.sha256]
    return {
      data: { 'run-id': run.id },
      ...(run.excluded === null ? {} : { tone: 'quiet' }),
      cells: [String(run.order), run.arm, reportLink(page, index), ...told],
    }
  })
  if (rows.length === 0) return null
  const caption = 'Runs, each with its own report, and the hash of its result.json'
  return compactTable({
    caption,
    pointers: ['/runs'],
    head: ['order', 'arm', 'run', 'verdict', 'hash'],
    rows,
    className: 'hashes',
  })
}

/** Relative places only: a document from elsewhere must not send its reader anywhere. */
function reportLink({ comparison }: ComparisonPage, index: number): Content {
  const { id = '', report = null } = comparison.runs[index] ?? {}
  if (report === null || /^[\w+.-]*:|^[/\\]/.test(report)) return id
  return html`<a href="${encodeURI(report)}">${id}</a>`
}
