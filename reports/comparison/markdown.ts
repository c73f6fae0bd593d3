import { Figures } from '../figures.ts'
import { codeSpan, escapeMarkdown, table } from '../markdown.ts'
import type { Comparison } from '../schema/comparison.ts'
import { caveats, effectRows, title } from './rows.ts'

/** A summary for a pull request: what is missing, the answer, then a row an effect. */
export function comparisonToMarkdown(comparison: Comparison): string {
  const notes = caveats(comparison).map(([name, text]): [string, string] => [
    name,
    `**${name}**: ${escapeMarkdown(text)}`,
  ])
  const answer = comparison.answer.map(({ text, effect }) => {
    const decision = effect === null ? undefined : comparison.effects[effect]?.decision
    return decision === undefined ? `- ${escapeMarkdown(text)}` : `- **${decision}**: ${escapeMarkdown(text)}`
  })
  const list = (wanted: boolean) =>
    notes.flatMap(([name, text]) => ((name === 'partial') === wanted ? [`- ${text}`] : [])).join('\n')
  const sections = [
    `## ${escapeMarkdown(title(comparison))}`,
    list(true),
    answer.join('\n'),
    `### Effects\n\n${effectTable(comparison)}`,
    list(false),
    `Again: ${codeSpan(comparison.command)}  \nComparison ${codeSpan(comparison.id)}, commit ${codeSpan(comparison.commit ?? 'unknown')}`,
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function effectTable(comparison: Comparison): string {
  const rows = effectRows(new Figures(comparison))
  if (rows.length === 0) return 'No pair of arms has runs to compare.'
  const head = ['metric', 'arm / baseline', 'medians', 'ratio', '95 % interval', 'Holm p', 'decision']
  const cells = rows.map((row) => [
    escapeMarkdown(row.metric),
    escapeMarkdown(row.pair),
    escapeMarkdown(row.medians),
    row.ratio,
    row.interval,
    escapeMarkdown(row.holmP),
    row.decision,
  ])
  return table(head, cells)
}
