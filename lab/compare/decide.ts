import { isEquivalent } from '../statistics/equivalence.ts'
import { holm } from '../statistics/holm.ts'
import { mannWhitney, smallestP } from '../statistics/mannWhitney.ts'
import { isBeyondFloor, type NoiseFloor, noiseFloor } from '../statistics/noiseFloor.ts'
import { runsNeeded } from '../statistics/power.ts'
import { median } from '../statistics/quantiles.ts'
import { randomStream } from '../statistics/random.ts'
import { bootstrapRatio, excludesOne, type Interval, ratioOf } from '../statistics/ratio.ts'
import { spreadOf } from '../statistics/spread.ts'
import { type Arm, type Standing, standingOf, valuesOf } from './arms.ts'
import type { Metric } from './metrics.ts'

/** How arms are told apart. Declared before the runs. */
export interface DecisionRules {
  readonly alpha: number
  /** Sentences and reports say 95 %. */
  readonly confidence: 0.95
  readonly resamples: number
  /** Ratio below which a difference is of no use to anybody: 1.1 = within 1.1x, and above 1 / 1.1. */
  readonly delta: number
  readonly seed: number
}

export const usualRules: DecisionRules = { alpha: 0.05, confidence: 0.95, resamples: 10_000, delta: 1.1, seed: 1 }

/** Fewer on a side and nothing is decided (measuring.md section 9). */
export const fewestRuns = 5

/** Of the arm against the baseline. */
export type Decision = 'better' | 'worse' | 'equivalent' | 'cannot tell' | 'not decided'

/**
 * Why. Decided: `apart`, `within-delta`. Cannot tell: `interval` includes 1, `p` is too large after Holm, `floor`: not
 * beyond what two arms of the same thing differed by, `design`: no outcome could have decided. Not decided:
 * `too-few-runs`, `no-figure` on a side, `slo-missed`.
 */
export type Reason =
  | 'apart'
  | 'within-delta'
  | 'interval'
  | 'p'
  | 'floor'
  | 'design'
  | 'too-few-runs'
  | 'no-figure'
  | 'slo-missed'

/** Null ends and ratios: not a finite number, as one of the medians is 0 or was not reached. */
export interface PairDecision {
  readonly metric: string
  readonly baseline: string
  readonly arm: string
  readonly decision: Decision
  readonly reason: Reason
  /** What stood in the way, in words; empty unless `not decided`. */
  readonly obstacle: string
  readonly runs: { readonly baseline: number; readonly arm: number }
  readonly medians: { readonly baseline: number | null; readonly arm: number | null }
  /** Median of the arm / median of the baseline. */
  readonly ratio: number | null
  readonly interval: { readonly low: number | null; readonly high: number | null } | null
  readonly p: number | null
  readonly holmP: number | null
  /** The smallest p that these numbers of runs can have, before Holm. */
  readonly smallestP: number | null
  /** Pairs that Holm corrected over. */
  readonly family: number
  readonly floor: { readonly ratio: number | null; readonly interval: PairDecision['interval'] } | null
  readonly delta: number
  /** Runs a side that would tell a difference of delta; null unless `cannot tell`, or when 50 are too few or unknown. */
  readonly runsThatWouldTell: number | null
}

export interface Comparison {
  readonly standings: readonly Standing[]
  readonly rules: DecisionRules
  readonly decisions: readonly PairDecision[]
}

/** Decides every metric for every pair of arms. Pure: the same runs and rules give the same answer. */
export function decide(arms: readonly Arm[], metrics: readonly Metric[], rules: DecisionRules): Comparison {
  return {
    standings: arms.map(standingOf),
    rules,
    decisions: metrics.flatMap((metric) => decideMetric(metric, arms, rules)),
  }
}

interface Evidence {
  readonly metric: Metric
  readonly baseline: Arm
  readonly arm: Arm
  readonly baseValues: readonly number[]
  readonly armValues: readonly number[]
}

interface Tested extends Evidence {
  readonly interval: Interval
  readonly p: number
  readonly smallestP: number
}

function decideMetric(metric: Metric, arms: readonly Arm[], rules: DecisionRules): PairDecision[] {
  const floor = floorOf(metric, arms, rules)
  const weighed = pairsOf(arms).map(([baseline, arm]) => {
    const baseValues = valuesOf(baseline, metric.id)
    const evidence = { metric, baseline, arm, baseValues, armValues: valuesOf(arm, metric.id) }
    const obstacle = obstacleTo(evidence)
    return obstacle === null ? tested(evidence, rules) : { evidence, obstacle }
  })
  const family = weighed.filter((pair) => 'p' in pair)
  const adjusted = holm(family.map(({ p }) => p))
  return weighed.map((pair) => {
    if (!('p' in pair)) return undecided(pair.evidence, pair.obstacle, floor, rules)
    return told(pair, adjusted[family.indexOf(pair)]!, family.length, floor, rules)
  })
}

/** Every arm of its own against every one before it. */
function pairsOf(arms: readonly Arm[]): [baseline: Arm, arm: Arm][] {
  const own = arms.filter(({ repeats }) => repeats === null)
  return own.flatMap((baseline, i) => own.slice(i + 1).map((arm): [Arm, Arm] => [baseline, arm]))
}

function floorOf(metric: Metric, arms: readonly Arm[], rules: DecisionRules): NoiseFloor | null {
  const pairs = arms.flatMap((repeat): [number[], number[]][] => {
    const original = arms.find(({ name }) => name === repeat.repeats)
    if (original === undefined) return []
    const values: [number[], number[]] = [valuesOf(original, metric.id), valuesOf(repeat, metric.id)]
    // A single run has no median worth the name, and its interval would be a point.
    return values.every(({ length }) => length > 1) && neverReached(...values) === null ? [values] : []
  })
  return noiseFloor(pairs, rules, randomStream(rules.seed, `floor ${metric.id}`))
}

interface Obstacle {
  readonly reason: Reason
  readonly text: string
}

function obstacleTo({ metric, baseline, arm, baseValues, armValues }: Evidence): Obstacle | null {
  const sides = [
    { standing: standingOf(baseline), values: baseValues },
    { standing: standingOf(arm), values: armValues },
  ]
  const scarce = sides.filter(({ standing }) => standing.counted < fewestRuns)
  const counts = scarce.map(({ standing }) => `${standing.arm} has ${standing.counted}${leftOut(standing)}`)
  if (scarce.length > 0)
    return { reason: 'too-few-runs', text: `${fewestRuns} valid runs a side are needed, ${counts.join(', ')}` }
  const missed = sides.flatMap(({ standing }) => (standing.meetsSlo ? [] : [missedWords(standing)]))
  if (metric.atEqualSlo && missed.length > 0)
    return { reason: 'slo-missed', text: `cost is compared at equal SLO: ${missed.join('; ')}` }
  const poor = sides.filter(({ values }) => values.length < fewestRuns)
  if (poor.length === 0) return neverReached(baseValues, armValues)
  const figures = poor.map(({ standing, values }) => `${values.length} of ${standing.counted} runs of ${standing.arm}`)
  return { reason: 'no-figure', text: `only ${figures.join(' and ')} have this figure` }
}

/** Two medians beyond all that was watched: which is farther out, or whether both are the same, nobody saw. */
function neverReached(...sides: (readonly number[])[]): Obstacle | null {
  if (sides.some((values) => Number.isFinite(median(values)))) return null
  return { reason: 'no-figure', text: 'most runs of both arms had not reached it when the run ended' }
}

const leftOut = ({ excluded }: Standing): string => {
  const outcomes = [...new Set(excluded.map(({ outcome }) => outcome))]
  return excluded.length === 0 ? '' : ` (${excluded.length} left out: ${outcomes.join(', ')})`
}

const missedWords = ({ arm, missed, counted }: Standing): string => {
  const slos = [...new Set(missed.flatMap(({ slos }) => slos))]
  return `${arm} missed ${slos.join(', ')} in ${missed.length} of ${counted} runs`
}

function tested(evidence: Evidence, rules: DecisionRules): Tested {
  const { metric, baseline, arm, baseValues, armValues } = evidence
  const random = randomStream(rules.seed, `${metric.id} ${arm.name} / ${baseline.name}`)
  return {
    ...evidence,
    interval: bootstrapRatio(armValues, baseValues, rules, random),
    p: mannWhitney(armValues, baseValues).p,
    smallestP: smallestP(armValues.length, baseValues.length),
  }
}

function told(
  pair: Tested,
  holmP: number,
  family: number,
  floor: NoiseFloor | null,
  rules: DecisionRules,
): PairDecision {
  const { decision, reason } = weigh(pair, holmP, family, floor, rules)
  const spread = spreadOf([pair.armValues, pair.baseValues])
  // More runs do not take a floor away: what the arms differ by when they are the same is another fault to look for.
  const askMore = decision === 'cannot tell' && reason !== 'floor' && spread !== null
  return {
    ...described(pair, floor, rules),
    decision,
    reason,
    obstacle: '',
    interval: finiteInterval(pair.interval),
    p: pair.p,
    holmP,
    smallestP: pair.smallestP,
    family,
    runsThatWouldTell: askMore ? runsNeeded({ ...rules, effect: rules.delta, spread, pairs: family }) : null,
  }
}

/** Equivalence first: a difference that is certain and too small to matter is no reason to choose. */
function weigh(
  { metric, interval, smallestP }: Tested,
  holmP: number,
  family: number,
  floor: NoiseFloor | null,
  { alpha, delta }: DecisionRules,
): Pick<PairDecision, 'decision' | 'reason'> {
  if (isEquivalent(interval, delta)) return { decision: 'equivalent', reason: 'within-delta' }
  if (smallestP * family > alpha) return { decision: 'cannot tell', reason: 'design' }
  if (!excludesOne(interval)) return { decision: 'cannot tell', reason: 'interval' }
  if (holmP > alpha) return { decision: 'cannot tell', reason: 'p' }
  if (floor !== null && !isBeyondFloor(interval, floor)) return { decision: 'cannot tell', reason: 'floor' }
  const isBetter = interval.high < 1 === (metric.better === 'lower')
  return { decision: isBetter ? 'better' : 'worse', reason: 'apart' }
}

function undecided(
  evidence: Evidence,
  { reason, text }: Obstacle,
  floor: NoiseFloor | null,
  rules: DecisionRules,
): PairDecision {
  const facts = described(evidence, floor, rules)
  return {
    ...facts,
    // Costs of arms that do different work are not put beside each other at all.
    ...(reason === 'slo-missed' ? { medians: { baseline: null, arm: null }, ratio: null } : {}),
    decision: 'not decided',
    reason,
    obstacle: text,
    interval: null,
    p: null,
    holmP: null,
    smallestP: null,
    family: 0,
    runsThatWouldTell: null,
  }
}

function described(
  { metric, baseline, arm, baseValues, armValues }: Evidence,
  floor: NoiseFloor | null,
  { delta }: DecisionRules,
) {
  const [base, other] = [median(baseValues), median(armValues)]
  return {
    metric: metric.id,
    baseline: baseline.name,
    arm: arm.name,
    runs: { baseline: baseValues.length, arm: armValues.length },
    medians: { baseline: finite(base), arm: finite(other) },
    ratio: neverReached(baseValues, armValues) === null ? finite(ratioOf(other, base)) : null,
    floor: floor === null ? null : { ratio: finite(floor.ratio), interval: finiteInterval(floor.interval) },
    delta,
  }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)
const finiteInterval = ({ low, high }: Interval) => ({ low: finite(low), high: finite(high) })
