import { type Case, resultSuites, suite, testSuites } from '../junit.ts'
import type { Regression, RegressionReport } from './report.ts'
import { answerSentence } from './wording.ts'

/** JUnit XML: a suite of the figures against the baseline, then the suites of each candidate run. */
export function regressionJUnit(report: RegressionReport): string {
  const { refusals, regressions, candidates } = report
  const { outcome } = report
  const whole: Case = {
    name: 'the gate can tell',
    state: outcome === 'INVALID' || outcome === 'CANNOT TELL' ? 'error' : 'ok',
    text: `${outcome}: ${answerSentence(report)}`,
  }
  const cases = [
    ...refusals.map(({ code, text }): Case => ({ name: code, state: 'error', text })),
    ...regressions.map((row) => regressionCase(row, report.undecided)),
    whole,
  ]
  const first = candidates[0]!
  return testSuites(`${first.run.scenario} against its baseline`, [
    suite('regressions', first.run, cases),
    ...candidates.flatMap((result) => resultSuites(result, candidates.length === 1 ? '' : `${result.run.id}: `)),
  ])
}

const openStates = { none: 'error', fail: 'failure', pass: 'skipped' } as const

function regressionCase({ title, limit, answer, why }: Regression, undecided: RegressionReport['undecided']): Case {
  const state = { within: 'ok', beyond: 'failure', 'cannot tell': openStates[undecided ?? 'none'] } as const
  return { name: `${title} at most ${limit}x the baseline`, state: state[answer], text: `${answer}: ${why}` }
}
