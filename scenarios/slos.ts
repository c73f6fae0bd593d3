import { measuredPhases, type PhaseName } from './profiles.ts'

/**
 * A bound on one figure (measuring.md 5). `phase` is a measured phase or `measured`: every measured phase, of which the
 * worst counts. The ledger's counters are not listed: they must be 0 in every run.
 */
export type Slo = LatencySlo | RatioSlo | DisturbanceSlo

export interface LatencySlo {
  readonly metric: 'delivery' | 'ack'
  readonly phase: PhaseName | 'measured'
  /** 0..1; 1 is the maximum. */
  readonly quantile: number
  readonly bound: number
  readonly unit: 'us'
}

/** `errors`: refused messages over sent ones; `indeterminate`: unanswered ones over sent ones. */
export interface RatioSlo {
  readonly metric: 'errors' | 'indeterminate'
  readonly phase: PhaseName | 'measured'
  readonly quantile: null
  readonly bound: number
  readonly unit: 'ratio'
}

/**
 * What a fault or operation may cost, over the whole run. From the moment a socket is cut: `reconnect` until its client's
 * next one is subscribed, `resume` until the client has all that passed meanwhile. `drain`: from the beginning of each
 * fault or operation until the backlog is back where it was; `whole`: until all of the chat serves again. `silence`: how
 * long nothing had come from a server when a client took it for lost.
 */
export interface DisturbanceSlo {
  readonly metric: 'reconnect' | 'resume' | 'drain' | 'silence' | 'whole'
  readonly phase: 'run'
  /** 0..1; 1 is the maximum. */
  readonly quantile: number
  readonly bound: number
  readonly unit: 'us'
}

/** What an SLO bounds, without the bound. */
export type SloFigure = Omit<LatencySlo, 'bound'> | Omit<RatioSlo, 'bound'> | Omit<DisturbanceSlo, 'bound'>

export const defaultSlos: readonly Slo[] = [
  { metric: 'delivery', phase: 'measured', quantile: 0.99, bound: 1_000_000, unit: 'us' },
  { metric: 'errors', phase: 'measured', quantile: null, bound: 0.001, unit: 'ratio' },
]

const usPerUnit: Readonly<Record<string, number>> = { us: 1, ms: 1_000, s: 1_000_000 }
const ratioMetrics: readonly string[] = ['errors', 'indeterminate']
const latencyMetrics: readonly string[] = ['delivery', 'ack']
const disturbanceMetrics: readonly string[] = ['reconnect', 'resume', 'drain', 'silence', 'whole']
const form =
  'write e.g. p99=250ms, hold:p99.9=1s, ack:p99=200ms, max=5s, errors=0.1%, indeterminate=0, reconnect:p95=5s or drain:max=10s'

/** The short form of an SLO, which `parseSlos` reads back to the same. */
export function formatSlo(slo: Slo): string {
  if (slo.unit === 'ratio') return `${formatFigure(slo)}=${Number((slo.bound * 100).toPrecision(12))}%`
  const unit = slo.bound % 1_000_000 === 0 ? 's' : slo.bound % 1_000 === 0 ? 'ms' : 'us'
  return `${formatFigure(slo)}=${slo.bound / (usPerUnit[unit] ?? 1)}${unit}`
}

/** `p99`, `hold:ack:p99.9`, `errors`: what stands before the bound. */
export function formatFigure({ phase, metric, quantile }: SloFigure): string {
  const where = phase === 'measured' || phase === 'run' ? '' : `${phase}:`
  if (quantile === null) return `${where}${metric}`
  const kind = metric === 'delivery' ? '' : `${metric}:`
  return `${where}${kind}${quantile === 1 ? 'max' : `p${Number((quantile * 100).toPrecision(12))}`}`
}

/**
 * Reads SLOs as written on a command line: `[phase:][metric:]quantile=bound` or `[phase:]ratio=bound`. Problems holds one
 * sentence for each text that is none; where it is not empty, `slos` is not complete.
 */
export function parseSlos(texts: readonly string[]): { slos: Slo[]; problems: string[] } {
  const slos: Slo[] = []
  const problems: string[] = []
  for (const text of texts) {
    const parsed = parseOne(text.trim())
    if (typeof parsed === 'string') problems.push(`SLO "${text}": ${parsed}; ${form}`)
    else if (slos.some((slo) => formatFigure(slo) === formatFigure(parsed))) problems.push(`SLO "${text}": given twice`)
    else slos.push(parsed)
  }
  return { slos, problems }
}

/**
 * Defaults with a user's own put over them: an SLO given replaces the default on the same figure, and the first one
 * given on a metric for every measured phase replaces that metric's default whatever its quantile.
 */
export function mergeSlos(defaults: readonly Slo[], given: readonly Slo[]): Slo[] {
  const replaced = (slo: Slo) =>
    given.some(
      (other) =>
        other.metric === slo.metric && (other.phase === slo.phase || formatFigure(other) === formatFigure(slo)),
    )
  return [...defaults.filter((slo) => !replaced(slo)), ...given]
}

function parseOne(text: string): Slo | string {
  const [left, right, ...more] = text.split('=')
  if (!left || !right || more.length > 0) return 'is not of the form figure=bound'
  const figure = parseFigure(left)
  if (typeof figure === 'string') return figure
  if (figure.unit === 'ratio') {
    const bound = parseRatio(right)
    return bound === undefined ? `"${right}" is no share from 0 to 100 %` : { ...figure, bound }
  }
  const bound = parseDurationUs(right)
  return bound === undefined
    ? `"${right}" is no time above 0 with a unit (us, ms, s), at most 120 s`
    : { ...figure, bound }
}

/** Reads `[phase:][metric:]quantile` or `[phase:]ratio`; a sentence where it is neither. */
export function parseFigure(text: string): SloFigure | string {
  const words = text.split(':')
  const figureName = words.pop() ?? ''
  if (disturbanceMetrics.includes(words[0] ?? '')) return parseDisturbance(words, figureName)
  let phase: Slo['phase'] = 'measured'
  let metric: LatencySlo['metric'] = 'delivery'
  for (const word of words) {
    if (latencyMetrics.includes(word)) metric = word as LatencySlo['metric']
    else if ((measuredPhases as readonly string[]).includes(word)) phase = word as PhaseName
    else
      return `"${word}" is neither a measured phase (${measuredPhases.join(', ')}) nor delivery, ack, reconnect, resume nor drain`
  }
  if (ratioMetrics.includes(figureName)) {
    if (words.length > (phase === 'measured' ? 0 : 1)) return `${figureName} has no latency metric before it`
    return { metric: figureName as RatioSlo['metric'], phase, quantile: null, unit: 'ratio' }
  }
  const quantile = parseQuantile(figureName)
  if (quantile === undefined) return `"${figureName}" is neither p0 to p100, max, errors nor indeterminate`
  return { metric, phase, quantile, unit: 'us' }
}

function parseDisturbance([metric = '', ...more]: readonly string[], figureName: string): SloFigure | string {
  const quantile = parseQuantile(figureName)
  if (quantile === undefined) return `"${figureName}" is neither p0 to p100 nor max`
  if (more.length > 0) return `${metric} is judged over the whole run, without "${more.join(':')}"`
  if ((metric === 'drain' || metric === 'whole') && quantile !== 1)
    return `${metric} is judged by its max: there are too few of them for quantiles`
  return { metric: metric as DisturbanceSlo['metric'], phase: 'run', quantile, unit: 'us' }
}

function parseQuantile(text: string): number | undefined {
  if (text === 'max') return 1
  const digits = /^p(\d{1,3}(?:\.\d{1,4})?)$/.exec(text)?.[1]
  const percent = Number(digits)
  return digits !== undefined && percent <= 100 ? Number((percent / 100).toPrecision(12)) : undefined
}

function parseDurationUs(text: string): number | undefined {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(us|ms|s)$/.exec(text) ?? []
  const us = Math.round(Number(digits) * (usPerUnit[unit ?? ''] ?? Number.NaN))
  return us > 0 && us <= 120_000_000 ? us : undefined
}

function parseRatio(text: string): number | undefined {
  const [, digits, percent] = /^(\d+(?:\.\d+)?)(%?)$/.exec(text) ?? []
  if (digits === undefined) return undefined
  const ratio = percent ? Number((Number(digits) / 100).toPrecision(12)) : Number(digits)
  return ratio <= 1 ? ratio : undefined
}
