import type { Static, TSchema } from '@sinclair/typebox'
import { Ajv, type ErrorObject } from 'ajv'

type Kind = 'RESULT' | 'COMPARISON'
export type DocumentErrorCode = `${Kind}-${'UNREADABLE' | 'FOREIGN' | 'INVALID'}`

/** A file that cannot be used. `problems` lists everything that is wrong, not only the first thing. */
export class DocumentError extends Error {
  readonly code: DocumentErrorCode
  readonly problems: readonly string[]
  readonly effect = 'definite'
  readonly retryable = false

  constructor(code: DocumentErrorCode, what: string, problems: readonly string[], todo: string) {
    super([`${code}: ${what}`, ...problems.map((problem) => `  - ${problem}`), todo].join('\n'))
    this.name = new.target.name
    this.code = code
    this.problems = problems
  }
}

export interface DocumentKind<S extends TSchema> {
  readonly kind: Kind
  /** The `id` of the element that holds the document in its page, and its name in messages. */
  readonly id: 'result' | 'comparison'
  /** The page that embeds it: `report.html`. */
  readonly page: string
  /** Its `$id` is what a document names in `schema`. */
  readonly schema: S
  /** What the schema language cannot say. */
  readonly meaning: (value: Static<S>) => string[]
  readonly ErrorClass: typeof DocumentError
}

/** Reading, checking and writing one kind of document; each function throws `ErrorClass` with every problem. */
export interface DocumentFormat<T> {
  /** Reads JSON text. */
  readonly parse: (text: string) => T
  /** Reads JSON text, or the copy inside a page. */
  readonly read: (text: string) => T
  /** The canonical text: keys sorted, no spaces, one line, so that equal documents have equal bytes and hashes. */
  readonly serialize: (value: T) => string
}

export function documentFormat<S extends TSchema>(kind: DocumentKind<S>): DocumentFormat<Static<S>> {
  const { id, page, schema, meaning, ErrorClass } = kind
  const shape = new Ajv({ allErrors: true, strict: false }).compile<Static<S>>(schema)

  function check(value: unknown): Static<S> {
    const named = (value as { schema?: unknown } | null)?.schema
    if (named !== schema.$id) {
      const found = named === undefined ? 'no schema named' : `schema is ${JSON.stringify(named)}`
      const age = ageOf(named, schema.$id)
      const what = age === null ? `not a ${id} that this version reads` : `a ${id} made by ${age} lab`
      const reader = (age === null ? null : writerOf(value)) ?? 'the lab that wrote the file'
      const todo = `This version reads ${schema.$id}: read the file with ${reader}, or run again.`
      throw new ErrorClass(`${kind.kind}-FOREIGN`, what, [found], todo)
    }
    const problems = shape(value) ? meaning(value) : shapeProblems(shape.errors ?? [])
    if (problems.length === 0) return value as Static<S>
    const todo = 'The file was changed or written by a faulty version: take the original, or run again.'
    throw new ErrorClass(`${kind.kind}-INVALID`, `${problems.length} problem(s) in the ${id}`, problems, todo)
  }

  function parse(text: string): Static<S> {
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause)
      const todo = 'Was the file cut off while written?'
      throw new ErrorClass(`${kind.kind}-UNREADABLE`, 'this is no JSON', [problem], todo)
    }
    return check(value)
  }

  function read(text: string): Static<S> {
    if (!/^\s*</.test(text)) return parse(text)
    const start = `<script type="application/json" id="${id}">`
    const from = text.indexOf(start)
    const to = text.indexOf('</script>', from)
    if (from >= 0 && to >= 0) return parse(text.slice(from + start.length, to))
    const whole = text.includes('</html>')
    const code = whole ? (`${kind.kind}-FOREIGN` as const) : (`${kind.kind}-UNREADABLE` as const)
    const what = whole ? `this page holds no ${id}` : `this page is cut off before its ${id}`
    throw new ErrorClass(code, what, [], `Give a ${id}.json or a ${page} that this lab wrote.`)
  }

  return { parse, read, serialize: (value) => `${JSON.stringify(sorted(check(value)))}\n` }
}

/** Null when the name is not one of this kind with another number. */
function ageOf(named: unknown, own: string | undefined): 'an older' | 'a newer' | null {
  const [kind, number] = String(named).split('/')
  const [ownKind, ownNumber] = String(own).split('/')
  if (kind !== ownKind || !/^\d+$/.test(number ?? '')) return null
  return Number(number) < Number(ownNumber) ? 'an older' : 'a newer'
}

/** Every version of both kinds says which lab wrote it, a result in its `run`; null when this one does not. */
function writerOf(value: unknown): string | null {
  const { run, ...top } = value as Record<string, unknown>
  const { labVersion, commit } = (run ?? top) as Record<string, unknown>
  if (typeof labVersion !== 'string') return null
  return `lab ${labVersion}${typeof commit === 'string' ? ` of commit ${commit}` : ''}, which wrote it`
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

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]))
}
