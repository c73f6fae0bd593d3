import { Ajv, type ErrorObject } from 'ajv'
import { type Result, ResultSchema } from './result.ts'

export type ResultErrorCode = 'RESULT-UNREADABLE' | 'RESULT-FOREIGN' | 'RESULT-INVALID'

/** A file that cannot be used as a result. `problems` lists everything that is wrong, not only the first thing. */
export class ResultError extends Error {
  readonly code: ResultErrorCode
  readonly problems: readonly string[]
  readonly effect = 'definite'
  readonly retryable = false

  constructor(code: ResultErrorCode, what: string, problems: readonly string[], todo: string) {
    super([`${code}: ${what}`, ...problems.map((problem) => `  - ${problem}`), todo].join('\n'))
    this.name = 'ResultError'
    this.code = code
    this.problems = problems
  }
}

const shape = new Ajv({ allErrors: true, strict: false }).compile<Result>(ResultSchema)

/**
 * Reads the text of a `result.json`.
 * @throws {ResultError} RESULT-UNREADABLE (no JSON), RESULT-FOREIGN (another schema), RESULT-INVALID (every problem).
 */
export function parseResult(text: string): Result {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new ResultError('RESULT-UNREADABLE', 'this is no JSON', [problem], 'Was the file cut off while written?')
  }
  return checkResult(value)
}

/**
 * Reads a `result.json` or the copy inside a `report.html`.
 * @throws {ResultError} as parseResult; a page without an embedded result is RESULT-FOREIGN.
 */
export function readResult(text: string): Result {
  if (!/^\s*</.test(text)) return parseResult(text)
  const embedded = /<script type="application\/json" id="result">([\s\S]*?)<\/script>/.exec(text)?.[1]
  if (embedded !== undefined) return parseResult(embedded)
  const whole = text.includes('</html>')
  const code = whole ? 'RESULT-FOREIGN' : 'RESULT-UNREADABLE'
  const what = whole ? 'this page holds no result' : 'this page is cut off before its result'
  throw new ResultError(code, what, [], 'Give a result.json or a report.html that this lab wrote.')
}

/**
 * The canonical text: keys sorted, no spaces, one line, so that equal results have equal bytes and hashes.
 * @throws {ResultError} RESULT-INVALID: what does not fit the schema is never written.
 */
export function serializeResult(result: Result): string {
  return `${JSON.stringify(sorted(checkResult(result)))}\n`
}

function checkResult(value: unknown): Result {
  const schema = (value as { schema?: unknown } | null)?.schema
  if (schema !== ResultSchema.$id) {
    const found = schema === undefined ? 'no schema named' : `schema is ${JSON.stringify(schema)}`
    const todo = `This version reads ${ResultSchema.$id}: use the lab that wrote the file, or run again.`
    throw new ResultError('RESULT-FOREIGN', 'not a result that this version reads', [found], todo)
  }
  const problems = shape(value) ? meaningProblems(value) : shapeProblems(shape.errors ?? [])
  if (problems.length === 0) return value as Result
  const todo = 'The file was changed or written by a faulty version: take the original, or run again.'
  throw new ResultError('RESULT-INVALID', `${problems.length} problem(s) in the result`, problems, todo)
}

/** A union reports each branch and then itself: the sum says nothing that the branches do not. */
function shapeProblems(errors: readonly ErrorObject[]): string[] {
  const told = errors.filter((error) => error.keyword !== 'anyOf').map(describe)
  return [...new Set(told)]
}

function describe({ instancePath, message, params }: ErrorObject): string {
  const extra = 'additionalProperty' in params ? ` (${params.additionalProperty})` : ''
  const allowed = 'allowedValue' in params ? ` ${JSON.stringify(params.allowedValue)}` : ''
  return `${instancePath === '' ? '/' : instancePath} ${message}${extra}${allowed}`
}

/** What the schema language cannot say: columns of one length, indices that exist. */
function meaningProblems(result: Result): string[] {
  const problems: string[] = []
  const seconds = result.series.s.length
  const columns = (where: string, owner: object) => {
    for (const [name, column] of Object.entries(owner))
      if (Array.isArray(column) && column.length !== seconds)
        problems.push(`${where}/${name} has ${column.length} entries, /series/s has ${seconds}`)
  }
  columns('/series', result.series)
  result.resources.components.forEach((component, index) => {
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

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
