import type { UnitName } from '../board.ts'
import type { MetricDescription, MetricUnit } from '../metrics/description.ts'
import { metrics } from '../metrics.ts'

/**
 * The unit of a query, derived from those of its metrics: what `rate` and a division make of them. Works on the syntax
 * tree that Prometheus itself returns (`/api/v1/parse_query`, since 3.0).
 */

/** A node of that tree; only what is read here. */
export interface Node {
  readonly type: string
  readonly name?: string
  readonly op?: string
  readonly bool?: boolean
  readonly val?: string
  readonly func?: { readonly name: string }
  readonly args?: readonly Node[]
  readonly expr?: Node
  readonly lhs?: Node
  readonly rhs?: Node
}

/** Exponents of seconds, bytes, things counted, and `wall`: seconds that went by, kept apart from seconds measured. */
type Dimensions = Readonly<Record<string, number>>

interface Quantity {
  readonly dimensions: Dimensions
  /** The node is a plain number, which fits every unit. */
  readonly number?: true
  /** What the buckets of a histogram are of, until a quantile is read. */
  readonly observed?: Dimensions
}

export class UnitError extends Error {}

const counted = new Set(['messages', 'frames', 'sockets', 'rows', 'blocks', 'keys', 'calls', 'samples', 'series'])
const none: Dimensions = {}
const number: Quantity = { dimensions: none, number: true }

const ofUnit: Readonly<Record<MetricUnit, Dimensions>> = {
  seconds: { seconds: 1 },
  bytes: { bytes: 1 },
  messages: { messages: 1 },
  'messages/s': { messages: 1, wall: -1 },
  frames: { frames: 1 },
  sockets: { sockets: 1 },
  rows: { rows: 1 },
  blocks: { blocks: 1 },
  keys: { keys: 1 },
  calls: { calls: 1 },
  cores: { seconds: 1, wall: -1 },
  '1': none,
}

/** Functions whose value is of the same unit as their last argument. */
const keep =
  /^(abs|ceil|floor|round|clamp(_min|_max)?|sort(_desc)?|(avg|min|max|sum|last|quantile)_over_time|increase|idelta|delta|label_replace|label_join)$/
const keepAggregation = new Set(['sum', 'min', 'max', 'avg', 'topk', 'bottomk', 'quantile', 'stddev'])

/** Whether a panel of that unit may show the query; the reason when it may not. */
export function unitProblem(tree: Node, unit: UnitName): string | null {
  const { dimensions, number: plain } = quantityOf(tree)
  if (plain || fits(perThing(dimensions), unit)) return null
  return `the panel is in ${unit}, the query is in ${unitText(dimensions)}`
}

function fits(dimensions: Dimensions, unit: UnitName): boolean {
  const text = unitText(dimensions)
  switch (unit) {
    case 'count':
      return text === '1' || counted.has(text)
    case '1/s':
      return text.endsWith('/s') && counted.has(text.slice(0, -2))
    case 'ratio':
      return text === '1'
    default:
      return text === unit
  }
}

/** Seconds a message are seconds, rows a call are rows: what a mean is of. */
function perThing(dimensions: Dimensions): Dimensions {
  const kept = Object.entries(dimensions).filter(([name, exponent]) => !(counted.has(name) && exponent < 0))
  return kept.length === 0 ? dimensions : Object.fromEntries(kept)
}

const names: Readonly<Record<string, string>> = { 'seconds/s': 'cores' }

function unitText(dimensions: Dimensions): string {
  const part = (sign: number) =>
    Object.entries(dimensions)
      .filter(([, exponent]) => Math.sign(exponent) === sign)
      .map(
        ([name, exponent]) =>
          (name === 'wall' ? 's' : name) + (Math.abs(exponent) === 1 ? '' : `^${Math.abs(exponent)}`),
      )
      .sort()
      .join('·')
  const text = part(-1) === '' ? part(1) || '1' : `${part(1) || '1'}/${part(-1)}`
  return names[text] ?? text
}

function quantityOf(node: Node): Quantity {
  switch (node.type) {
    case 'numberLiteral':
      return number
    case 'parenExpr':
    case 'unaryExpr':
    case 'subquery':
      return quantityOf(inner(node.expr))
    case 'vectorSelector':
    case 'matrixSelector':
      return selected(node.name ?? '')
    case 'aggregation':
      return aggregated(node)
    case 'call':
      return called(node)
    case 'binaryExpr':
      return combined(node)
    default:
      throw new UnitError(`no rule for the unit of a ${node.type}`)
  }
}

function inner(node: Node | undefined): Node {
  if (!node) throw new UnitError('Prometheus returned a syntax tree with a hole')
  return node
}

const suffixes = ['_bucket', '_sum', '_count'] as const
const summed = new Set<string>(['histogram', 'summary'])

function selected(name: string): Quantity {
  const exact = metrics.find((metric) => metric.name === name)
  // Of that name there is a native histogram only.
  if (exact?.type === 'histogram') return observing(exact)
  if (exact && exact.type !== 'summary') return { dimensions: dimensionsOf(exact) }
  for (const suffix of suffixes) {
    const base = metrics.find(({ name: of, type }) => summed.has(type) && of + suffix === name)
    if (!base) continue
    if (suffix === '_sum') return { dimensions: dimensionsOf(base) }
    return suffix === '_count' ? { dimensions: { samples: 1 } } : observing(base)
  }
  throw new UnitError(`${name || 'a selector without a name'} is no metric of dashboards/metrics.ts`)
}

const observing = (metric: MetricDescription): Quantity => ({
  dimensions: { samples: 1 },
  observed: dimensionsOf(metric),
})

const dimensionsOf = (metric: MetricDescription): Dimensions => ofUnit[metric.unit]

function aggregated(node: Node): Quantity {
  const op = node.op ?? ''
  if (op === 'count' || op === 'group' || op === 'count_values') return { dimensions: { series: 1 } }
  if (keepAggregation.has(op)) return quantityOf(inner(node.expr))
  throw new UnitError(`no rule for the unit of ${op}()`)
}

function called(node: Node): Quantity {
  const name = node.func?.name ?? ''
  const last = () => quantityOf(inner(node.args?.at(-1)))
  if (name === 'rate' || name === 'irate' || name === 'deriv') {
    const quantity = last()
    return { ...quantity, dimensions: product(quantity.dimensions, { wall: -1 }, 1) }
  }
  if (name === 'histogram_quantile') {
    const { observed } = last()
    if (!observed) throw new UnitError('histogram_quantile() of what is no histogram')
    return { dimensions: observed }
  }
  if (name === 'vector' || name === 'scalar') return last()
  if (name === 'time') return { dimensions: { seconds: 1 } }
  if (keep.test(name))
    return quantityOf(
      inner(name.startsWith('label_') || /^(clamp|round)/.test(name) ? node.args?.[0] : node.args?.at(-1)),
    )
  throw new UnitError(`no rule for the unit of ${name}()`)
}

function combined(node: Node): Quantity {
  const left = quantityOf(inner(node.lhs))
  const right = quantityOf(inner(node.rhs))
  const op = node.op ?? ''
  if (op === '*' || op === '/') {
    if (left.number !== right.number && (left.number || right.number)) throw new UnitError(scaled(op))
    return { dimensions: product(left.dimensions, right.dimensions, op === '*' ? 1 : -1) }
  }
  if (op === 'and' || op === 'unless') return left
  if (op === '^' || op === '%' || op === 'atan2') throw new UnitError(`no rule for the unit of ${op}`)
  if (node.bool) return { dimensions: none }
  if (!left.number && !right.number && unitText(left.dimensions) !== unitText(right.dimensions))
    throw new UnitError(`${unitText(left.dimensions)} ${op} ${unitText(right.dimensions)}: units differ`)
  return left.number ? right : left
}

const scaled = (op: string) => `${op} with a plain number changes the unit: let the panel's unit do that`

function product(a: Dimensions, b: Dimensions, sign: 1 | -1): Dimensions {
  const result: Record<string, number> = { ...a }
  for (const [name, exponent] of Object.entries(b)) {
    const sum = (result[name] ?? 0) + sign * exponent
    if (sum === 0) delete result[name]
    else result[name] = sum
  }
  return result
}
