import type { Random } from './random.ts'
import { type Bootstrap, bootstrapRatio, type Interval, ratioOfMedians } from './ratio.ts'

/** How far two arms that are the same thing came out apart. */
export interface NoiseFloor {
  /** Largest ratio of medians among the A/A pairs, the larger median above the smaller: 1 or more. */
  readonly ratio: number
  /** From the lowest to the highest ratio that the intervals of the pairs allow, either way round. */
  readonly interval: Interval
}

/**
 * Floor from A/A pairs, each two sets of runs of one configuration; null without a pair. What is the same may differ
 * in either direction, so the interval is made symmetric about 1: the widest of the pairs, with its reciprocal.
 * Kohavi, Tang and Xu 2020, Trustworthy Online Controlled Experiments, chapter 19, on why A/A pairs are run at all.
 */
export function noiseFloor(
  pairs: readonly (readonly [readonly number[], readonly number[]])[],
  bootstrap: Bootstrap,
  random: Random,
): NoiseFloor | null {
  if (pairs.length === 0) return null
  const ratios = pairs.map(([a, b]) => ratioOfMedians(a, b))
  const intervals = pairs.map(([a, b]) => bootstrapRatio(a, b, bootstrap, random))
  const widest = farthest(intervals.flatMap(({ low, high }) => [low, high]))
  return { ratio: farthest(ratios), interval: { low: 1 / widest, high: widest } }
}

/** The ratio farthest from 1, turned to be above it. */
const farthest = (ratios: readonly number[]): number => Math.max(...ratios.flatMap((ratio) => [ratio, 1 / ratio]))

/** The whole interval is farther from 1 than the same thing was from itself. */
export const isBeyondFloor = ({ low, high }: Interval, floor: NoiseFloor): boolean =>
  low > floor.ratio || high < 1 / floor.ratio
