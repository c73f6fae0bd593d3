import { metricName, phaseWords } from '../../reports/wording.ts'
import { formatFigure, parseFigure, type SloFigure } from '../../scenarios/slos.ts'
import { isKept, keptWords } from '../judge/judge.ts'

/** How much larger a figure may be than it was. */
export interface RegressionLimit {
  /** As it is written on the command line: `hold:p99`, `cpu`. */
  readonly id: string
  readonly title: string
  readonly figure: SloFigure | 'cpu'
  /** Largest candidate / baseline that is accepted: 1 or more, inclusive. */
  readonly atMost: number
}

const largest = 100
const form = 'write e.g. p99=1.15x, hold:ack:p99=15%, errors=1x or cpu=1.2x'

/** Reads `figure=limit`, the limit as a ratio (`1.15x`) or as the share that may come on top (`15%`). */
export function parseLimits(texts: readonly string[]): { limits: RegressionLimit[]; problems: string[] } {
  const limits: RegressionLimit[] = []
  const problems: string[] = []
  for (const text of texts) {
    const parsed = parseOne(text.trim())
    if (typeof parsed === 'string') problems.push(`--max-regression=${text}: ${parsed}; ${form}`)
    else if (limits.some(({ id }) => id === parsed.id)) problems.push(`--max-regression=${text}: given twice`)
    else limits.push(parsed)
  }
  return { limits, problems }
}

function parseOne(text: string): RegressionLimit | string {
  const [name, limit, ...more] = text.split('=')
  if (!name || !limit || more.length > 0) return 'is not of the form figure=limit'
  const figure = name === 'cpu' ? name : parseFigure(name)
  const atMost = parseRatio(limit)
  if (typeof figure === 'string' && figure !== 'cpu') return `${figure}, nor cpu`
  if (atMost === null) return `"${limit}" is no ratio from 1x to ${largest}x, nor a share from 0%`
  if (figure === 'cpu') return { id: name, title: 'CPU per 1,000 messages', figure, atMost }
  if (!isKept(figure)) return `${keptWords}, no other quantile`
  return { id: formatFigure(figure), title: `${metricName(figure)}, ${phaseWords(figure.phase)}`, figure, atMost }
}

function parseRatio(text: string): number | null {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(x|%)$/.exec(text) ?? []
  if (digits === undefined) return null
  const ratio = unit === 'x' ? Number(digits) : Number((1 + Number(digits) / 100).toPrecision(12))
  return ratio >= 1 && ratio <= largest ? ratio : null
}
