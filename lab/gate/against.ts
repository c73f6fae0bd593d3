import type { GateOutcome, RegressionReport } from '../../reports/regression/report.ts'
import type { Comparison } from '../../reports/schema/comparison.ts'
import { fewestRuns } from '../compare/decide.ts'
import { exitCodes } from '../judge/verdict.ts'
import { comparability } from './comparable.ts'
import type { RegressionLimit } from './limits.ts'
import { type Sides, weigh } from './regressions.ts'

export interface Question {
  /** As they are judged now. */
  readonly sides: Sides
  readonly limits: readonly RegressionLimit[]
  /** A comparison with an A/A pair, of which the floors are taken where the runs are too few. */
  readonly noise: Comparison | null
  readonly allowed: readonly string[]
  readonly undecided: RegressionReport['undecided']
}

const gateExits: Readonly<Record<GateOutcome, number>> = { ...exitCodes, 'CANNOT TELL': exitCodes.INVALID }

/**
 * The candidate against the baseline. What must not be compared is not, and is INVALID; then a missed SLO or a figure
 * beyond its limit is a FAIL, however much else nobody can tell.
 */
export function against({ sides, limits, noise, allowed, undecided }: Question): RegressionReport {
  const enough = Math.min(sides.baseline.length, sides.candidate.length) >= fewestRuns
  const needed = enough ? null : noise
  const { refusals, differences, needless } = comparability(sides, needed, allowed)
  const regressions = refusals.length > 0 ? [] : limits.map((limit) => weigh(limit, sides, needed))
  const found = { undecided, refusals, regressions, candidates: sides.candidate }
  const outcome = outcomeOf(found)
  const notes = needless.map((name) => `--allow-difference=${name} was not needed: the sides do not differ in it`)
  return { ...found, outcome, exitCode: gateExits[outcome], differences, notes, baselines: sides.baseline }
}

function outcomeOf({
  refusals,
  regressions,
  candidates,
  undecided,
}: Pick<RegressionReport, 'refusals' | 'regressions' | 'candidates' | 'undecided'>): GateOutcome {
  if (refusals.length > 0) return 'INVALID'
  const missed = candidates.some(({ verdict }) => verdict.outcome === 'FAIL')
  if (missed || regressions.some(({ answer }) => answer === 'beyond')) return 'FAIL'
  if (regressions.every(({ answer }) => answer === 'within') || undecided === 'pass') return 'PASS'
  return undecided === 'fail' ? 'FAIL' : 'CANNOT TELL'
}
