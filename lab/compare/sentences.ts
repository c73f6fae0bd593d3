import {
  formatBytes,
  formatCount,
  formatLatency,
  formatMemory,
  formatP,
  formatRate,
  formatRatio,
  formatSeconds,
  significant,
} from '../../reports/format.ts'
import type { PairDecision } from './decide.ts'
import type { Metric, MetricUnit } from './metrics.ts'

/** Ratios in sentences are above 1 and words say who leads; the ratio of the record itself is never inverted. */

const formats: Readonly<Record<MetricUnit, (value: number) => string>> = {
  us: formatLatency,
  msgPerS: (value) => `${formatRate(value)} msg/s`,
  s: formatSeconds,
  messages: formatCount,
  cpuSeconds: (value) => `${significant(value)} s`,
  memoryBytes: formatMemory,
  bytes: formatBytes,
  calls: (value) => significant(value),
  ratio: formatRatio,
  money: (value) => significant(value),
}

/** Null is a figure that lies beyond what was observed: a run without the figure is not counted. */
export const formatValue = (value: number | null, unit: MetricUnit): string =>
  value === null ? 'not reached' : formats[unit](value)

/**
 * The answer for one pair of arms, one clause a metric: "At 5 000 msg/s X is 1.80x cheaper in CPU than Y (95 %
 * interval 1.60 to 2.10, 5 runs a side); p99 delivery in hold: cannot tell."
 */
export function answerSentence(
  decisions: readonly PairDecision[],
  metrics: readonly Metric[],
  peakRate: number,
): string {
  const clauses = decisions.map((pair) => clauseOf(pair, metricOf(pair, metrics)))
  return `At ${formatRate(peakRate)} msg/s ${clauses.join('; ')}.`
}

/** Everything that one decision says, for the list under the answer. */
export function decisionSentence(pair: PairDecision, metrics: readonly Metric[], peakRate: number): string {
  const metric = metricOf(pair, metrics)
  if (pair.decision === 'equivalent') return equivalentSentence(pair, metric)
  if (pair.decision === 'cannot tell') return openSentence(pair, metric)
  if (pair.decision === 'not decided') return `${metric.title}: not decided; ${pair.obstacle}.`
  const { leader, factor, follower, values } = leadOf(pair, metric)
  const floor = pair.floor === null ? 'no A/A pair was run' : `the A/A floor is ${ratioWords(pair.floor.ratio)}`
  const bounds = `${intervalWords(pair, 'towards the leader')}, ${runsWords(pair)}, Holm p ${formatP(pair.holmP!)}`
  const lead = `${leader} has ${factor}${metric.better} ${metric.title} than ${follower}`
  return `At ${formatRate(peakRate)} msg/s ${lead} (${values}; ${bounds}; ${floor}).`
}

/** Of one pair: "A leads on p99 delivery in hold, B on CPU per thousand messages; the same on ...; cannot tell on ...". */
export function tradeOffSentence(decisions: readonly PairDecision[], metrics: readonly Metric[]): string {
  const on = new Map<string, string[]>()
  for (const pair of decisions) {
    const metric = metricOf(pair, metrics)
    const same = pair.decision === 'equivalent' ? 'the same' : pair.decision
    const key = isApart(pair) ? `${leadOf(pair, metric).leader} leads` : same
    on.set(key, [...(on.get(key) ?? []), metric.title])
  }
  return `${[...on].map(([key, titles]) => `${key} on ${titles.join(', ')}`).join('; ')}.`
}

const isApart = ({ decision }: PairDecision): boolean => decision === 'better' || decision === 'worse'

function clauseOf(pair: PairDecision, metric: Metric): string {
  if (pair.decision === 'cannot tell') return `${metric.title}: cannot tell`
  if (pair.decision === 'not decided') return `${metric.title}: not decided, ${pair.obstacle}`
  if (pair.decision === 'equivalent') {
    const bounds = `${intervalWords(pair, 'as recorded')}, ${runsWords(pair)}`
    return `${pair.baseline} and ${pair.arm} do the same on ${metric.title} (${bounds})`
  }
  const { leader, factor, follower } = leadOf(pair, metric)
  return `${leader} is ${factor}${metric.lead} than ${follower} (${intervalWords(pair, 'towards the leader')}, ${runsWords(pair)})`
}

function equivalentSentence(pair: PairDecision, metric: Metric): string {
  const { low, high } = pair.interval!
  const whole = `the whole interval ${ratioWords(low)} to ${ratioWords(high)} lies within the agreed ${formatRatio(pair.delta)}`
  return `${pair.baseline} and ${pair.arm} do the same on ${metric.title}: ratio ${ratioWords(pair.ratio)}, and ${whole}.`
}

function openSentence(pair: PairDecision, metric: Metric): string {
  const { low, high } = pair.interval!
  const interval = `the interval ${ratioWords(low)} to ${ratioWords(high)}`
  const why: Readonly<Record<string, string>> = {
    interval: `${capital(interval)} allows both no difference and ${ratioWords(farther(low, high))}`,
    p: `${capital(interval)} excludes 1x, but p is ${formatP(pair.holmP!)} after Holm's correction over ${pair.family} pair(s)`,
    floor: `${capital(interval)} excludes 1x but is not beyond what two arms of the same thing differ by (${ratioWords(pair.floor?.ratio ?? null)})`,
    design: `With ${runsWords(pair)} the smallest possible p is ${formatP(pair.smallestP!)}, too large for a family of ${pair.family}: no outcome could have decided`,
  }
  return `${metric.title}: cannot tell. ${why[pair.reason]}. ${adviceWords(pair)}`
}

/** The bound farther from 1, turned to be above it. */
function farther(low: number | null, high: number | null): number | null {
  if (high === null || low === null || low === 0) return null
  return Math.max(high, 1 / low)
}

function adviceWords({ reason, runsThatWouldTell, delta, runs }: PairDecision): string {
  if (reason === 'floor') return 'More runs do not help: look for what differs between equal arms.'
  if (runsThatWouldTell === null)
    return `How many runs would tell a ${formatRatio(delta)} difference is unknown, or more than 50 a side.`
  const now = Math.min(runs.baseline, runs.arm)
  if (runsThatWouldTell > now)
    return `About ${runsThatWouldTell} runs a side would tell a ${formatRatio(delta)} difference.`
  return `A difference of ${formatRatio(delta)} would probably have shown with these runs: what there is, is likely smaller.`
}

interface Lead {
  readonly leader: string
  readonly follower: string
  /** `1.80x `, or nothing where no ratio exists. */
  readonly factor: string
  readonly values: string
}

function leadOf(pair: PairDecision, { unit }: Metric): Lead {
  const armLeads = pair.decision === 'better'
  const [leader, follower] = armLeads ? [pair.arm, pair.baseline] : [pair.baseline, pair.arm]
  const { medians } = pair
  const [own, other] = armLeads ? [medians.arm, medians.baseline] : [medians.baseline, medians.arm]
  const factor = pair.ratio === null || pair.ratio === 0 ? '' : `${formatRatio(Math.max(pair.ratio, 1 / pair.ratio))} `
  return { leader, follower, factor, values: `${formatValue(own, unit)} against ${formatValue(other, unit)}` }
}

function intervalWords({ interval, ratio }: PairDecision, way: 'towards the leader' | 'as recorded'): string {
  const { low, high } = interval!
  const turned = way === 'towards the leader' && ratio !== null && ratio < 1
  const [from, to] = turned ? [inverse(high), inverse(low)] : [low, high]
  return `95 % interval ${ratioWords(from)} to ${ratioWords(to)}`
}

const inverse = (ratio: number | null): number | null => (ratio === null ? 0 : ratio === 0 ? null : 1 / ratio)
const ratioWords = (ratio: number | null): string => (ratio === null ? 'without bound' : formatRatio(ratio))

const runsWords = ({ runs: { baseline, arm } }: PairDecision): string =>
  baseline === arm ? `${arm} runs a side` : `${baseline} and ${arm} runs`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function metricOf(pair: PairDecision, metrics: readonly Metric[]): Metric {
  const metric = metrics.find(({ id }) => id === pair.metric)
  if (metric === undefined) throw new Error(`a decision on ${pair.metric}, which is no metric of this comparison`)
  return metric
}
