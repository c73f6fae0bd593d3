import { escapeMarkdown, table, toMarkdown } from '../markdown.ts'
import type { RegressionReport } from './report.ts'
import { answerSentence, cellsOf, columns } from './wording.ts'

/** A summary for a pull request: the answer and its figures, then the run, or of several those that did not pass. */
export function regressionMarkdown(report: RegressionReport): string {
  const { outcome, refusals, regressions, differences, notes, candidates } = report
  const list = (texts: readonly string[]) => texts.map((text) => `- ${escapeMarkdown(text)}`).join('\n')
  const shown = candidates.length === 1 ? candidates : candidates.filter(({ verdict }) => verdict.outcome !== 'PASS')
  const sections = [
    `## ${outcome} against the baseline`,
    escapeMarkdown(answerSentence(report)),
    list(refusals.map(({ code, text }) => `${code} ${text}`)),
    regressions.length === 0
      ? ''
      : table(
          columns,
          regressions.map(cellsOf).map((cells) => cells.map(escapeMarkdown)),
        ),
    list(regressions.map(({ id, why }) => `${id}: ${why}`)),
    differences.length === 0 ? '' : `Differences between the sides:\n\n${list(differences)}`,
    list(notes),
    runsTable(report),
    ...shown.map((result) => toMarkdown(result).trimEnd()),
  ]
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`
}

function runsTable({ baselines, candidates }: RegressionReport): string {
  const rows = Object.entries({ baseline: baselines, candidate: candidates }).flatMap(([side, results]) =>
    results.map(({ run, verdict }) => [side, run.id, run.commit ?? 'unknown', verdict.outcome].map(escapeMarkdown)),
  )
  return table(['side', 'run', 'commit', 'verdict'], rows)
}
