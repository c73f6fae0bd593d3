import * as format from './format.ts'
import type { Result } from './schema/result.ts'

/**
 * Every figure and every string that a report shows is taken from its document by JSON pointer and carries that
 * pointer along: a test walks the finished page and proves each one.
 */
export interface Figure {
  readonly kind: 'figure'
  /** One pointer, or several separated by a space when `op` combines them. */
  readonly src: string
  readonly op: Op | null
  readonly value: number
  readonly as: FigureFormat
  /** Pointer of the bound that this figure must not seem to lie on the other side of. */
  readonly boundSrc: string | null
  readonly text: string
}

/** `ratio` a / b, `delta` a - b, `product`, `sum`, `length` of a list, `missed`: entries of a list with met = false, `peak`: the largest of a list with gaps, `entries`: how many
 * pointers there are. */
export type Op = 'ratio' | 'delta' | 'product' | 'sum' | 'length' | 'missed' | 'peak' | 'entries'

export interface Quote {
  readonly kind: 'quote'
  readonly src: string
  readonly text: string
}

/** Words with a number that no run can change, as in "p99 of a rolling 5 s window". */
export interface Fixed {
  readonly kind: 'fixed'
  readonly text: string
}

export type Part = string | Figure | Quote | Fixed
export type Prose = readonly Part[]

const writers = {
  latency: (value: number, digits: number) => format.formatLatency(value, digits),
  ms: (value: number, digits: number) => format.formatLatencyMs(value, digits),
  bound: (value: number) => format.formatLatencyBound(value),
  boundMs: (value: number) => format.formatLatencyBoundMs(value),
  count: (value: number) => format.formatCount(value),
  rate: (value: number) => format.formatRate(value),
  goodShare: (value: number) => format.formatShare(value, 'low'),
  badShare: (value: number) => format.formatShare(value, 'high'),
  ratio: (value: number) => format.formatRatio(value),
  seconds: (value: number) => format.formatSeconds(value),
  mebibytes: (value: number) => format.formatMemory(value * 1_048_576),
  memory: (value: number) => format.formatMemory(value),
  bytes: (value: number) => format.formatBytes(value),
  number: (value: number, digits: number) => format.significant(value, digits, 3),
  significant: (value: number) => format.significant(value),
  p: (value: number) => format.formatP(value),
  plain: (value: number) => String(value),
}
export type FigureFormat = keyof typeof writers

/** @throws {Error} when the pointer leads nowhere: a report never shows a figure that is not in its document. */
export function resolvePointer(document: unknown, pointer: string): unknown {
  let value = document
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (value === null || typeof value !== 'object' || !(key in value)) throw new Error(`no ${pointer} in the document`)
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

export const plainText = (prose: Prose): string =>
  prose.map((part) => (typeof part === 'string' ? part : part.text)).join('')

export const fixed = (text: string): Fixed => ({ kind: 'fixed', text })

const operations: Record<Op, (values: readonly unknown[]) => number> = {
  ratio: ([a, b]) => Number(a) / Number(b),
  delta: ([a, b]) => Number(a) - Number(b),
  product: (values) => values.reduce<number>((product, value) => product * Number(value), 1),
  sum: (values) => values.reduce<number>((total, value) => total + Number(value), 0),
  length: ([list]) => (list as unknown[]).length,
  entries: (values) => values.length,
  peak: ([list]) => (list as (number | null)[]).reduce<number>((top, value) => Math.max(top, value ?? top), -Infinity),
  missed: ([list]) => (list as { met: boolean | null }[]).filter((entry) => entry.met === false).length,
}

/** Takes figures and strings of one document: a run's result unless told otherwise. */
export class Figures<T = Result> {
  readonly result: T

  constructor(result: T) {
    this.result = result
  }

  /** The number at the pointer, or null where the result has none. */
  number(pointer: string): number | null {
    const value = resolvePointer(this.result, pointer)
    if (value === null) return null
    if (typeof value !== 'number') throw new Error(`${pointer} is no number`)
    return value
  }

  /** A figure, or the dash of "no figure" (the caller says why). */
  at(pointer: string, as: FigureFormat, boundSrc: string | null = null): Figure | string {
    const value = this.number(pointer)
    if (value === null) return format.noFigure
    const bound = boundSrc === null ? null : this.number(boundSrc)
    const digits = bound === null ? 3 : format.digitsAgainst(value, bound)
    return { kind: 'figure', src: pointer, op: null, value, as, boundSrc, text: writers[as](value, digits) }
  }

  derived(op: Op, pointers: readonly string[], as: FigureFormat): Figure | string {
    const values = pointers.map((pointer) => resolvePointer(this.result, pointer))
    if (values.some((value) => value === null)) return format.noFigure
    const value = operations[op](values)
    if (!Number.isFinite(value)) return format.noFigure
    return { kind: 'figure', src: pointers.join(' '), op, value, as, boundSrc: null, text: writers[as](value, 3) }
  }

  quote(pointer: string): Quote {
    return { kind: 'quote', src: pointer, text: String(resolvePointer(this.result, pointer)) }
  }
}
