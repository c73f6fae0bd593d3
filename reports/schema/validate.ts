import { type Comparison, ComparisonSchema } from './comparison.ts'
import { DocumentError, documentFormat } from './document.ts'
import { type Result, ResultSchema, type SeriesColumns } from './result.ts'

/** What cannot be used as a result: RESULT-UNREADABLE (no JSON), RESULT-FOREIGN (another schema), RESULT-INVALID. */
export class ResultError extends DocumentError {}

/** What cannot be used as a comparison: COMPARISON-UNREADABLE, COMPARISON-FOREIGN, COMPARISON-INVALID. */
export class ComparisonError extends DocumentError {}

/** Readers and writer of `result.json`; `readResult` takes a `report.html`, too. @throws {ResultError} */
export const {
  parse: parseResult,
  read: readResult,
  serialize: serializeResult,
} = documentFormat({
  kind: 'RESULT',
  id: 'result',
  page: 'report.html',
  schema: ResultSchema,
  meaning: resultProblems,
  ErrorClass: ResultError,
})

/** Reader and writer of `comparison.json`; `readComparison` takes a `comparison.html`, too. @throws {ComparisonError} */
export const { read: readComparison, serialize: serializeComparison } = documentFormat({
  kind: 'COMPARISON',
  id: 'comparison',
  page: 'comparison.html',
  schema: ComparisonSchema,
  meaning: comparisonProblems,
  ErrorClass: ComparisonError,
})

const ofLongColumns: readonly (keyof SeriesColumns)[] = [
  'deliveryP99Worst',
  'ackP99Worst',
  'serviceP99Worst',
  'latenessP99Worst',
  'connectedMin',
  'connectedLast',
  'backlogMin',
  'backlogLast',
]

/** Columns that follow each other without a gap up to the end of the run, and all that one of their width has. */
function columnProblems({ series, run }: Result): string[] {
  const { s, widthS } = series
  const wrong = s.findIndex((from, index) => {
    const length = (s[index + 1] ?? run.durationS) - from
    return (index === 0 && from !== 0) || length < 1 || length > widthS
  })
  const placed = wrong < 0 ? [] : [`/series/s/${wrong} is no column of at most ${widthS} s after the one before`]
  const missing = ofLongColumns.filter((name) => (series[name] === undefined) !== (widthS === 1))
  return [
    ...placed,
    ...missing.map((name) => `/series/${name} must ${widthS === 1 ? 'not ' : ''}be there in columns of ${widthS} s`),
  ]
}

/** Columns of one length, indices that exist. */
function resultProblems(result: Result): string[] {
  const problems: string[] = columnProblems(result)
  const seconds = result.series.s.length
  const columns = (where: string, owner: object) => {
    for (const [name, column] of Object.entries(owner))
      if (Array.isArray(column) && column.length !== seconds)
        problems.push(`${where}/${name} has ${column.length} entries, /series/s has ${seconds}`)
  }
  columns('/series', result.series)
  result.resources.components.forEach(({ memory: _, ...component }, index) => {
    columns(`/resources/components/${index}`, component)
  })
  columns('/resources', { steal: result.resources.steal, foreign: result.resources.foreign })
  const { decisiveSlo } = result.verdict
  if (decisiveSlo !== null && !result.slos[decisiveSlo])
    problems.push(`/verdict/decisiveSlo is ${decisiveSlo}, there are ${result.slos.length} SLOs`)
  result.heatmap.columns.forEach((column, index) => {
    if (column.length < 3 || (column[0] as number) >= seconds)
      problems.push(`/heatmap/columns/${index} is not [seriesIndex, firstBin, counts...] within the series`)
  })
  return problems
}

/** Names that lead somewhere and occur once, one value an arm, columns of one length. */
function comparisonProblems(comparison: Comparison): string[] {
  const { arms, metrics, runs, effects, floors, summaries, differences, answer } = comparison
  const problems: string[] = []
  const among = (where: string, name: string | null, kind: string, known: ReadonlySet<string>) => {
    if (name !== null && !known.has(name))
      problems.push(`${where} is ${JSON.stringify(name)}, there is no such ${kind}`)
  }
  const idsOf = (where: string, names: readonly string[]) => {
    const ids = new Set(names)
    if (ids.size < names.length) problems.push(`${where}: a name occurs twice`)
    return ids
  }
  const armNames = idsOf(
    '/arms',
    arms.map((arm) => arm.name),
  )
  const metricIds = idsOf(
    '/metrics',
    metrics.map((metric) => metric.id),
  )
  const runIds = idsOf(
    '/runs',
    runs.map((run) => run.id),
  )
  arms.forEach((arm, index) => {
    among(`/arms/${index}/medianRun`, arm.medianRun, 'run', runIds)
  })
  among('/medianRunMetric', comparison.medianRunMetric, 'metric', metricIds)
  runs.forEach((run, index) => {
    among(`/runs/${index}/arm`, run.arm, 'arm', armNames)
    for (const id of Object.keys(run.values)) among(`/runs/${index}/values`, id, 'metric', metricIds)
    if (run.time && new Set([run.time.s.length, run.time.deliveryP99.length, run.time.backlog.length]).size > 1)
      problems.push(`/runs/${index}/time has columns of different lengths`)
  })
  for (const [list, entries] of Object.entries({ effects, floors, summaries }))
    entries.forEach((entry, index) => {
      among(`/${list}/${index}/metric`, entry.metric, 'metric', metricIds)
      if ('arm' in entry) among(`/${list}/${index}/arm`, entry.arm, 'arm', armNames)
      if ('baseline' in entry) among(`/${list}/${index}/baseline`, entry.baseline, 'arm', armNames)
    })
  differences.forEach(({ values }, index) => {
    if (values.length !== arms.length)
      problems.push(`/differences/${index}/values has ${values.length} entries, there are ${arms.length} arms`)
  })
  answer.forEach(({ effect }, index) => {
    if (effect !== null && effect >= effects.length)
      problems.push(`/answer/${index}/effect is ${effect}, there are ${effects.length} effects`)
  })
  return problems
}
