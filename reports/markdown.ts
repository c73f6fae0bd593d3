import { Figures, plainText } from './figures.ts'
import type { Result } from './schema/result.ts'
import { verdictSentences } from './sentences.ts'
import { metricName, phaseWords, ruleFigures, sloFigures } from './wording.ts'

const metWords = (met: boolean | null) => (met === null ? 'not judged' : met ? 'yes' : '**no**')

/** A summary for a pull request: the verdict, what was asked, and what was measured. */
export function toMarkdown(result: Result): string {
  const figures = new Figures(result)
  const evidence = result.verdict.outcome === 'INVALID' ? ' (not evidence)' : ''
  const sections = [
    `## ${result.verdict.outcome}: ${escapeMarkdown(`${result.run.scenario} on ${result.target.title}`)}`,
    verdictSentences(result)
      .map((sentence) => escapeMarkdown(plainText(sentence)))
      .join(' '),
    `### Service levels${evidence}\n\n${sloTable(figures)}`,
    `### Delivery latency, ms${evidence}\n\n${latencyTable(figures)}`,
    `### Validity\n\n${validityTable(figures)}`,
    result.warnings.map((warning) => `- ${escapeMarkdown(warning)}`).join('\n'),
    `Again: ${codeSpan(result.run.command)}  \nRun ${codeSpan(result.run.id)}, commit ${codeSpan(result.run.commit ?? 'unknown')}`,
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

/** Text from outside must neither become markup nor break a table's row. */
export const escapeMarkdown = (text: string) => text.replace(/[\\`*_[\]<>|#~]/g, '\\$&').replace(/\s*[\r\n]+\s*/g, ' ')

/** A code span whose fence is longer than any run of backticks inside. */
export function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  const padding = longest > 0 ? ' ' : ''
  return `${fence}${padding}${text.replace(/[\r\n]+/g, ' ')}${padding}${fence}`
}

export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const align = header.map((_, index) => (index === 0 ? '---' : '---:'))
  return [header, align, ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function sloTable(figures: Figures): string {
  const rows = figures.result.slos.map((slo, index) => {
    const { measured, bound } = sloFigures(figures, index, false)
    const ratio = figures.at(`/slos/${index}/ratio`, 'ratio')
    const name = `${metricName(slo)}, ${phaseWords(slo.phase)}`
    return [name, plainText([measured]), plainText([bound]), plainText([ratio]), metWords(slo.met)]
  })
  return table(
    ['SLO', 'measured', 'bound', 'of bound', 'met'],
    rows.map(([name = '', ...rest]) => [escapeMarkdown(name), ...rest]),
  )
}

function latencyTable(figures: Figures): string {
  const rows = figures.result.phases.map((phase, index) => {
    const at = `/phases/${index}/delivery`
    if (!phase.delivery) return [phase.name, 'no samples', '', '', '', '']
    const values = ['p50', 'p90', 'p99', 'p999', 'max'].map((name) => plainText([figures.at(`${at}/${name}`, 'ms')]))
    return [phase.measured ? phase.name : `${phase.name} (not judged)`, ...values]
  })
  return table(['phase', 'p50', 'p90', 'p99', 'p99.9', 'max'], rows)
}

function validityTable(figures: Figures): string {
  const rows = figures.result.validity.map((rule, index) => {
    const { figure, limit } = ruleFigures(figures, index)
    const state = rule.ok ? 'yes' : rule.demoted ? 'no, demoted to a warning' : '**no**'
    return [escapeMarkdown(rule.title), plainText([figure]), plainText([limit]), state]
  })
  return table(['rule', 'figure', 'limit', 'ok'], rows)
}
