import type { Comparison, Effect, Floor, Summary } from '../../reports/schema/comparison.ts'
import { median } from '../statistics/quantiles.ts'
import { randomStream } from '../statistics/random.ts'
import { bootstrapRatio } from '../statistics/ratio.ts'
import { type Arm, valuesOf } from './arms.ts'
import type { Comparison as Decided, DecisionRules, PairDecision } from './decide.ts'
import type { Metric } from './metrics.ts'
import { decisionSentence, tradeOffSentence } from './sentences.ts'
import { type Shown, shownValue } from './shown.ts'

/** Decisions as the report shows them, and the answer they give. */
export function effectsOf(
  arms: readonly Arm[],
  { decisions, rules }: Decided,
  shown: readonly Shown[],
  peakRate: number,
): Pick<Comparison, 'effects' | 'floors' | 'summaries' | 'answer'> {
  const metrics = shown.map(({ metric }) => metric)
  return {
    effects: decisions.map((pair) => effectOf(pair, shown, metrics, peakRate)),
    floors: floorsOf(arms, decisions),
    summaries: shown.flatMap((each) => arms.flatMap((arm) => summaryOf(each, arm, rules))),
    answer: answerOf(decisions, shown, peakRate),
  }
}

function effectOf(pair: PairDecision, shown: readonly Shown[], metrics: readonly Metric[], peakRate: number): Effect {
  const unit = shown.find(({ metric }) => metric.id === pair.metric)!
  return {
    metric: pair.metric,
    arm: pair.arm,
    baseline: pair.baseline,
    n: [pair.runs.arm, pair.runs.baseline],
    medians: [shownValue(unit, pair.medians.arm), shownValue(unit, pair.medians.baseline)],
    ratio: pair.ratio,
    low: pair.interval?.low ?? null,
    high: pair.interval?.high ?? null,
    p: pair.p,
    holmP: pair.holmP,
    smallestP: pair.smallestP,
    decision: pair.decision,
    runsToTell: pair.runsThatWouldTell,
    sentence: decisionSentence(pair, metrics, peakRate),
  }
}

function floorsOf(arms: readonly Arm[], decisions: readonly PairDecision[]): Floor[] {
  const repeat = arms.find(({ repeats }) => repeats !== null)
  const original = arms.find(({ name }) => name === repeat?.repeats)
  if (repeat === undefined || original === undefined) return []
  const byMetric = new Map(decisions.map(({ metric, floor }) => [metric, floor]))
  return [...byMetric].flatMap(([metric, floor]): Floor[] => {
    const { low, high } = floor?.interval ?? { low: null, high: null }
    if (floor == null || floor.ratio === null || low === null || high === null) return []
    const n: [number, number] = [valuesOf(repeat, metric).length, valuesOf(original, metric).length]
    return [{ metric, ratio: floor.ratio, low, high, n }]
  })
}

/** The interval is that of a ratio to 1: the same bootstrap, one side of it fixed. */
function summaryOf(each: Shown, arm: Arm, rules: DecisionRules): Summary[] {
  const { id } = each.metric
  const values = valuesOf(arm, id)
  const middle = values.length === 0 ? null : shownValue(each, median(values))
  if (middle === null) return []
  const interval =
    values.length > 1 ? bootstrapRatio(values, [1], rules, randomStream(rules.seed, `median ${id} ${arm.name}`)) : null
  const low = interval === null ? null : shownValue(each, interval.low)
  const high = interval === null ? null : shownValue(each, interval.high)
  return [{ metric: id, arm: arm.name, n: values.length, median: middle, low, high }]
}

/** What a trade-off is told by: the tail at the peak, recovery, and what the whole system costs; not its fifty parts. */
const isMain = ({ metric, row }: Shown): boolean => {
  if (row.group === 'cost') return row.component === null
  return row.group === 'spike' || row.group === 'reads' || /\/p99\/hold$|^goodput\/hold$/.test(metric.id)
}

/** What is not decided names its pair too: the sentence stands alone in terminals and pull requests. */
function answerFor(pair: PairDecision, metrics: readonly Metric[], peakRate: number): string {
  const text = decisionSentence(pair, metrics, peakRate)
  const isOpen = pair.decision === 'cannot tell' || pair.decision === 'not decided'
  return isOpen ? `${pair.arm} against ${pair.baseline}: ${text}` : text
}

const oneRunASide = 'One run a side: differences are listed, nothing can be decided.'

function answerOf(decisions: readonly PairDecision[], shown: readonly Shown[], peakRate: number): Comparison['answer'] {
  const metrics = shown.map(({ metric }) => metric)
  if (decisions.every(({ runs }) => runs.arm <= 1 && runs.baseline <= 1)) return [{ text: oneRunASide, effect: null }]
  const primary = metrics.filter((metric) => metric.primary).map(({ id }) => id)
  const sentences = decisions.flatMap((pair, effect) =>
    primary.includes(pair.metric) ? [{ text: answerFor(pair, metrics, peakRate), effect }] : [],
  )
  const main = shown.filter(isMain).map(({ metric }) => metric.id)
  const pairs = Map.groupBy(
    decisions.filter(({ metric }) => main.includes(metric)),
    ({ arm, baseline }) => `${arm} against ${baseline}`,
  )
  const tradeOffs = [...pairs].map(([pair, members]) => {
    const told = members.filter(({ decision }) => decision !== 'not decided')
    const text = told.length === 0 ? 'nothing could be decided.' : tradeOffSentence(told, metrics)
    return { text: pairs.size === 1 ? text : `${pair}: ${text}`, effect: null }
  })
  return [...sentences, ...tradeOffs]
}
