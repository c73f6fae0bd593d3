import type { Regression } from '../../reports/regression/report.ts'
import type { Comparison } from '../../reports/schema/comparison.ts'
import type { Result } from '../../reports/schema/result.ts'
import { fewestRuns, usualRules } from '../compare/decide.ts'
import { comparedRun } from '../compare/metrics.ts'
import { measuredOfResult } from '../judge/judge.ts'
import { judgeSlos } from '../judge/slos.ts'
import { median } from '../statistics/quantiles.ts'
import { randomStream } from '../statistics/random.ts'
import { bootstrapRatio, type Interval, ratioOf } from '../statistics/ratio.ts'
import type { RegressionLimit } from './limits.ts'
import { floorFor, noiseAround } from './noise.ts'
import { type KnownNoise, reasonWords } from './reasons.ts'

export interface Sides<T = Result> {
  readonly baseline: readonly T[]
  readonly candidate: readonly T[]
}

/**
 * Whether a figure is beyond its limit, and beyond what the noise allows: `beyond` when the whole interval of the ratio
 * of medians is above the limit, `within` when none of it is, else nobody can tell. The interval is the bootstrap one
 * from five runs a side (measuring.md section 9: fewer decide nothing), else the ratio with the A/A floor around it.
 * Pure and monotone: no answer gets better where no run of the candidate does.
 */
export function weigh(limit: RegressionLimit, sides: Sides, noise: Comparison | null): Regression {
  const readings = bySide(sides, (results) => results.map((result) => read(limit, result)))
  const values = bySide(readings, (side) => side.flatMap(({ value }) => (value === null ? [] : [value])))
  const [base, other] = [median(values.baseline), median(values.candidate)]
  const ratio = ratioOf(other, base)
  const obstacle = missingFigures(readings) ?? (limit.figure === 'cpu' ? missedSlos(sides) : null)
  const known = obstacle === null ? intervalOf(limit, sides, values, ratio, noise) : null
  const answer = known === null ? 'cannot tell' : answerOf(known.interval, limit.atMost)
  const evidence = { limit, answer, ratio, noise: known, runs: bySide(values, (side) => side.length) }
  return {
    id: limit.id,
    title: limit.title,
    unit: limit.figure === 'cpu' ? 'msPerThousand' : limit.figure.unit,
    runs: evidence.runs,
    medians: { baseline: finite(base), candidate: finite(other) },
    ratio: finite(ratio),
    interval: known === null ? null : { low: finite(known.interval.low), high: finite(known.interval.high) },
    noise: known?.source ?? null,
    limit: limit.atMost,
    answer,
    why: `${obstacle ?? reasonWords(evidence)}${thinWords(readings)}`,
  }
}

const bySide = <T, U>({ baseline, candidate }: Sides<T>, of: (side: readonly T[]) => U) => ({
  baseline: of(baseline),
  candidate: of(candidate),
})

interface Reading {
  /** Infinity: messages were sent, and not one answer came. Null: the run has no such figure. */
  readonly value: number | null
  /** Fewer than ten messages lie beyond it. */
  readonly thin: boolean
}

function read({ figure, id }: RegressionLimit, result: Result): Reading {
  if (figure === 'cpu') {
    const seconds = comparedRun(result).values['cpu/system'] ?? null
    return { value: seconds === null ? null : seconds * 1_000, thin: false }
  }
  const row = judgeSlos([{ ...figure, id, bound: Number.MAX_VALUE }], measuredOfResult(result))[0]!
  return { value: row.met === false ? Number.POSITIVE_INFINITY : row.measured, thin: row.thin }
}

function missingFigures(readings: Sides<Reading>): string | null {
  const missing = countWords(readings, ({ value }) => value === null)
  return missing === null ? null : `${missing} have no such figure`
}

function thinWords(readings: Sides<Reading>): string {
  const thin = countWords(readings, (reading) => reading.thin)
  return thin === null ? '' : ` (thin: in ${thin} fewer than 10 messages lie beyond it)`
}

/** `2 of 5 baseline runs and 1 of 5 candidate runs`; null when it is true of none. */
function countWords(readings: Sides<Reading>, isSo: (reading: Reading) => boolean): string | null {
  const counts = (['baseline', 'candidate'] as const).flatMap((side) => {
    const count = readings[side].filter(isSo).length
    return count === 0 ? [] : [`${count} of ${readings[side].length} ${side} runs`]
  })
  return counts.length === 0 ? null : counts.join(' and ')
}

function missedSlos({ baseline, candidate }: Sides): string | null {
  const failed = [...baseline, ...candidate].filter(({ verdict }) => verdict.outcome === 'FAIL')
  if (failed.length === 0) return null
  return `cost is compared at equal SLO, which was missed by ${failed.map(({ run }) => run.id).join(', ')}`
}

function intervalOf(
  limit: RegressionLimit,
  sides: Sides,
  { baseline, candidate }: { readonly baseline: readonly number[]; readonly candidate: readonly number[] },
  ratio: number,
  noise: Comparison | null,
): KnownNoise | null {
  const fewer = Math.min(baseline.length, candidate.length)
  if (fewer >= fewestRuns) {
    // The stream must not depend on the values, or a worse candidate might be drawn better.
    const random = randomStream(usualRules.seed, `gate ${limit.id}`)
    return { source: 'runs', interval: bootstrapRatio(candidate, baseline, usualRules, random) }
  }
  const floor = noise === null ? null : floorFor(limit, noise, sides.baseline[0]?.phases ?? [])
  return floor === null ? null : { source: 'floor', interval: noiseAround(ratio, floor, fewer) }
}

/** The limit itself is accepted, as the bound of an SLO is. */
function answerOf({ low, high }: Interval, atMost: number): Regression['answer'] {
  if (low > atMost) return 'beyond'
  return high <= atMost ? 'within' : 'cannot tell'
}

const finite = (value: number) => (Number.isFinite(value) ? value : null)
