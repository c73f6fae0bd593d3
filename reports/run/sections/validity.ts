import { logScale } from '../../charts/scale.ts'
import { type Line, timeChart, worstLine } from '../../charts/timeChart.ts'
import { latenessFinding } from '../../findings.ts'
import { formatLatencyBound } from '../../format.ts'
import { type Content, html, type Markup, type Row, table } from '../../html.ts'
import type { ValidityRule } from '../../schema/result.ts'
import { ruleFigures } from '../../wording.ts'
import { eachColumn, type Page, worstWords } from '../page.ts'

/** Beside the service levels: each rule with its figure, and the warnings in words. */
export function validityPart(page: Page): Markup {
  const { result, figures } = page
  const warnings = result.warnings.map((_, index) => html`<li>${figures.quote(`/warnings/${index}`)}</li>`)
  const list = warnings.length === 0 ? null : html`<h3>Warnings</h3><ul class="warnings">${warnings}</ul>`
  return html`<section id="validity" aria-labelledby="validity-title"><h2 id="validity-title" class="sub">Validity: ${validityWords(page)}</h2>${table(
    {
      caption: 'May this run be believed?',
      head: ['rule', '#figure', '#limit', '#margin', 'ok?'],
      rows: result.validity.map((rule, index) => ruleRow(page, rule, index)),
      className: 'cards',
    },
  )}${list}</section>`
}

function validityWords({ result: { validity } }: Page): string {
  const broken = validity.filter((rule) => !rule.ok && !rule.demoted).length
  if (broken > 0) return broken === 1 ? 'one rule is broken' : 'several rules are broken'
  return validity.some((rule) => !rule.ok) ? 'a broken rule was demoted' : 'every rule holds'
}

function ruleRow({ figures }: Page, rule: ValidityRule, index: number): Row {
  const { figure, limit } = ruleFigures(figures, index)
  const at = `/validity/${index}`
  const pointers = rule.direction === 'atMost' ? [`${at}/limit`, `${at}/figure`] : [`${at}/figure`, `${at}/limit`]
  const margin =
    rule.figure !== null && rule.figure > 0 && rule.limit > 0 ? figures.derived('ratio', pointers, 'ratio') : '–'
  const word = rule.ok ? 'yes' : rule.demoted ? 'no, demoted' : 'no'
  const side = rule.direction === 'atMost' ? '≤ ' : '≥ '
  const state = html`<span class="state ${rule.ok ? 'good' : 'bad'}">${word}</span>`
  const cells: Content[] = [figures.quote(`${at}/title`), figure, [side, limit], margin, state]
  return { data: { rule: rule.rule, ok: String(rule.ok) }, cells, tone: rule.ok ? undefined : 'bad' }
}

/** The strip that shows whether the generator kept its own schedule, second by second. */
export function latenessChart(page: Page): Markup {
  const { result, figures, timeline, columns } = page
  const { series } = result
  const rule = result.validity.find((candidate) => candidate.unit === 'us')
  const lines: Line[] = [
    ...worstLine('latenessP99Worst', series.latenessP99Worst),
    { name: 'lateness', label: 'p99', key: 'latenessP99', values: series.latenessP99, style: 'line' },
  ]
  const drawn = lines.flatMap((line) => line.values.filter((value) => value !== null))
  if (drawn.length === 0) return html`<p class="none">Send lateness: no samples.</p>`
  return timeChart(
    {
      id: 'lateness',
      finding: latenessFinding(figures),
      how: [
        'p99 send lateness ',
        ...eachColumn(page),
        ...worstWords(page),
        '. Far below the limit, the generator kept its schedule.',
      ],
      unit: 'us',
      height: 180,
      scale: logScale([...drawn, ...(rule ? [rule.limit] : [])]),
      tickText: formatLatencyBound,
      columns,
      lines,
      marks: rule
        ? [
            {
              value: rule.limit,
              fromS: 0,
              toS: timeline.endS,
              label: `limit ${formatLatencyBound(rule.limit)}`,
              className: 'slo',
            },
          ]
        : [],
      instants: [],
      notEvidence: page.notEvidence,
      data: null,
    },
    timeline,
  )
}
