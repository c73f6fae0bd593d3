import { type Board, type Panel, type Part, parts } from '../board.ts'
import { stepFor, substitute } from '../variables.ts'
import { type Prometheus, QueryError, type Series, type TimeRange } from './prometheus.ts'
import { UnitError, unitProblem } from './unitOf.ts'

/** Runs every query of every panel against a Prometheus that holds a real run. */

export interface CheckedRun extends TimeRange {
  readonly runId: string
  readonly backend: string
  readonly parts: ReadonlySet<Part>
}

/** A query of a panel with what was found. */
export interface Finding {
  readonly board: string
  readonly panel: string
  /** As written in the board; null when it is about the panel as a whole. */
  readonly query: string | null
  readonly reason: string
}

export interface CheckResult {
  readonly queries: number
  readonly problems: readonly Finding[]
  readonly notApplicable: readonly Finding[]
  /** Empty, and that is an answer. */
  readonly emptyIsFine: readonly Finding[]
}

const pointsOfACheck = 500

export async function checkBoards(
  boards: readonly Board[],
  run: CheckedRun,
  prometheus: Prometheus,
): Promise<CheckResult> {
  const result = { queries: 0, problems: [] as Finding[], notApplicable: [] as Finding[], emptyIsFine: [] as Finding[] }
  for (const board of boards)
    for (const panel of board.panels) {
      const place = { board: board.title, panel: panel.title }
      const missing = (panel.needs ?? []).filter((part) => !run.parts.has(part))
      for (const { expr, name, mayBeEmpty } of panel.lines) {
        result.queries += 1
        const found = await checkQuery(expr, name, panel, run, prometheus)
        for (const reason of found.problems) result.problems.push({ ...place, query: expr, reason })
        if (!found.empty || missing.length > 0) continue
        const list = mayBeEmpty === undefined ? result.problems : result.emptyIsFine
        list.push({ ...place, query: expr, reason: mayBeEmpty ?? found.empty })
      }
      if (missing.length > 0) {
        const reason = `it has not ${missing.map((part) => parts[part]).join('; nor ')}`
        result.notApplicable.push({ ...place, query: null, reason })
      }
    }
  return result
}

interface QueryFindings {
  readonly problems: readonly string[]
  /** Why there is nothing to draw; null when there is something. */
  readonly empty: string | null
}

async function checkQuery(
  expr: string,
  legend: string,
  panel: Panel,
  run: CheckedRun,
  prometheus: Prometheus,
): Promise<QueryFindings> {
  const rangeS = (run.toUnixMs - run.fromUnixMs) / 1000
  const stepS = stepFor(rangeS, pointsOfACheck)
  const query = substitute(expr, { run: run.runId, backend: run.backend, stepS, rangeS })
  try {
    const problem = unitProblem(await prometheus.parse(query), panel.unit)
    const series = await prometheus.range(query, run, stepS)
    const problems = [...(problem === null ? [] : [problem]), ...legendProblems(legend, series)]
    return { problems, empty: emptiness(series) }
  } catch (error) {
    if (error instanceof UnitError) return { problems: [`its unit cannot be told: ${error.message}`], empty: null }
    if (error instanceof QueryError) return { problems: [`the query fails: ${error.message}`], empty: null }
    throw error
  }
}

function emptiness(series: readonly Series[]): string | null {
  if (series.length === 0) return 'empty: no series'
  const real = series.some(({ points }) => points.some(([, value]) => !Number.isNaN(value)))
  return real ? null : 'empty: nothing but NaN'
}

/** A label in the legend that a series has not would be drawn as a line without a name. */
function legendProblems(legend: string, series: readonly Series[]): string[] {
  const labels = [...legend.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map((match) => match[1] as string)
  return labels
    .filter((label) => series.some((one) => one.labels[label] === undefined))
    .map((label) => `the legend names the label ${label}, which the result has not`)
}
