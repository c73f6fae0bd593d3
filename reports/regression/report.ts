import type { Result } from '../schema/result.ts'

/** What a gate against a baseline found: what its JSON holds, and what is printed. */

export type RegressionUnit = 'us' | 'ratio' | 'msPerThousand'

/** One figure of the candidate against the same of the baseline. Null figures: there is none, or it is not finite. */
export interface Regression {
  /** `hold:p99`, `errors`, `cpu`. */
  readonly id: string
  readonly title: string
  readonly unit: RegressionUnit
  /** Runs that have this figure. */
  readonly runs: { readonly baseline: number; readonly candidate: number }
  readonly medians: { readonly baseline: number | null; readonly candidate: number | null }
  /** Candidate / baseline, of the medians. */
  readonly ratio: number | null
  /** What the ratio may be as far as the noise allows; null when nobody knows the noise. */
  readonly interval: { readonly low: number | null; readonly high: number | null } | null
  /** Where the interval comes from: the runs' own scatter, or the A/A floor of a comparison. */
  readonly noise: 'runs' | 'floor' | null
  /** The largest ratio that is accepted. */
  readonly limit: number
  readonly answer: 'within' | 'beyond' | 'cannot tell'
  /** Why, with the figures, in one sentence. */
  readonly why: string
}

/** A reason for which the two sides must not be compared. */
export interface Refusal {
  readonly code: 'GATE-INVALID' | 'GATE-INCOMPLETE' | 'GATE-DIFFERENT'
  readonly text: string
}

/** `CANNOT TELL`: nothing is known to be worse, and not everything is known to be good enough. */
export type GateOutcome = 'PASS' | 'FAIL' | 'INVALID' | 'CANNOT TELL'

export interface RegressionReport {
  readonly outcome: GateOutcome
  readonly exitCode: number
  /** What a figure that nobody can tell counts as; null: it stays undecided. */
  readonly undecided: 'fail' | 'pass' | null
  /** Not empty: nothing was compared. */
  readonly refusals: readonly Refusal[]
  readonly regressions: readonly Regression[]
  /** In what the sides differ, allowed or by nature. */
  readonly differences: readonly string[]
  readonly notes: readonly string[]
  readonly baselines: readonly Result[]
  readonly candidates: readonly Result[]
}

/** The document of `--json`; the runs' own figures stay in their own files. */
export function toJson(report: RegressionReport): string {
  const side = (results: readonly Result[]) =>
    results.map(({ run, verdict, slos, validity }) => ({ run: run.id, commit: run.commit, verdict, slos, validity }))
  const { baselines, candidates, ...found } = report
  const document = { schema: 'lab.regression/1', ...found, baselines: side(baselines), candidates: side(candidates) }
  return `${JSON.stringify(document)}\n`
}
