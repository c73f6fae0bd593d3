import { ascending, median, quantile } from './quantiles.ts'
import type { Random } from './random.ts'

/** Both ends belong to it. */
export interface Interval {
  readonly low: number
  readonly high: number
}

export interface Bootstrap {
  readonly resamples: number
  /** Such as 0.95. */
  readonly confidence: number
}

/**
 * `value` / `base` on the non-negative numbers and infinity. Equal values have the ratio 1 even where both are 0 or
 * both infinite; anything above 0 is infinitely more than 0.
 */
export function ratioOf(value: number, base: number): number {
  return value === base ? 1 : value / base
}

export function ratioOfMedians(arm: ArrayLike<number>, base: ArrayLike<number>): number {
  return ratioOf(median(arm), median(base))
}

/**
 * Confidence interval of median(arm) / median(base) by the percentile bootstrap, resampled within each arm (their
 * sizes are the design's, not chance): Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapters 13 and
 * 8.3. Of B resampled ratios in order the k-th smallest and the k-th largest, k = floor((B + 1) alpha / 2), and no
 * interpolation: so arm / base and base / arm say the same thing.
 * Percentile and not BCa: BCa takes its acceleration from the jackknife, which is inconsistent for a median (chapter
 * 11.6 of the same book), and at 5 runs its correction moves the ends by whole order statistics. The price is an
 * interval that covers a little more than it says.
 */
export function bootstrapRatio(
  arm: ArrayLike<number>,
  base: ArrayLike<number>,
  { resamples, confidence }: Bootstrap,
  random: Random,
): Interval {
  const [drawArm, drawBase] = [medianOfResample(arm, random), medianOfResample(base, random)]
  const ratios = new Float64Array(resamples)
  for (let i = 0; i < resamples; i++) ratios[i] = ratioOf(drawArm(), drawBase())
  ratios.sort()
  const cut = Math.max(1, Math.floor(((resamples + 1) * (1 - confidence)) / 2))
  return { low: ratios[cut - 1]!, high: ratios[resamples - cut]! }
}

/** Each call resamples anew. The buffer is kept: a comparison takes millions of these. */
function medianOfResample(values: ArrayLike<number>, random: Random): () => number {
  const sorted = ascending(values)
  const drawn = new Float64Array(sorted.length)
  return () => {
    for (let i = 0; i < drawn.length; i++) insert(drawn, i, sorted[random.below(drawn.length)]!)
    return quantile(drawn, 0.5)
  }
}

/** Puts `value` in its place among the first `length` values, which are in order. */
function insert(values: Float64Array, length: number, value: number): void {
  let place = length
  for (; place > 0 && values[place - 1]! > value; place--) values[place] = values[place - 1]!
  values[place] = value
}

/** A ratio of 1 is not among those the runs allow. */
export const excludesOne = ({ low, high }: Interval): boolean => low > 1 || high < 1
