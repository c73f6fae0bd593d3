import { label, paintOutcome, printable, type TerminalOptions, textTable, toTerminal } from '../terminal.ts'
import type { RegressionReport } from './report.ts'
import { answerSentence, cellsOf, columns } from './wording.ts'

/** The answer and its figures, then the run, or of several those that did not pass. */
export function regressionTerminal(report: RegressionReport, options: TerminalOptions): string {
  const { outcome, refusals, regressions, differences, notes, candidates } = report
  const width = Math.max(40, options.width)
  const labelled = (name: string, text: string) => label(name, printable(text), width)
  const lines = [
    `${paintOutcome(outcome, options.color)}  ${answerSentence(report)}`,
    '',
    ...(regressions.length === 0 ? [] : [...textTable([columns, ...regressions.map(cellsOf)]), '']),
    ...refusals.flatMap(({ code, text }) => [...labelled('refused', `${code} ${text}`)]),
    ...regressions.flatMap(({ id, why }) => labelled(id, why)),
    ...differences.flatMap((text) => labelled('differs', text)),
    ...notes.flatMap((text) => labelled('note', text)),
  ]
  const shown = candidates.length === 1 ? candidates : candidates.filter(({ verdict }) => verdict.outcome !== 'PASS')
  return [`${lines.join('\n')}\n`, ...shown.map((result) => toTerminal(result, options))].join('\n')
}
