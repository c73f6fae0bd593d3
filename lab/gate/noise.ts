import type { Comparison, Floor } from '../../reports/schema/comparison.ts'
import type { Result } from '../../reports/schema/result.ts'
import type { Interval } from '../statistics/ratio.ts'
import type { RegressionLimit } from './limits.ts'

/** What two sets of runs of the same thing differed by, as an interval of the ratio about 1. */
export interface NoiseOfRatio {
  readonly interval: Interval
  /** Runs a side that the A/A pair had, the smaller number. */
  readonly runs: number
}

const quantileIds: ReadonlyMap<number | null, string> = new Map([
  [0.5, 'p50'],
  [0.99, 'p99'],
  [0.999, 'p999'],
])

/**
 * The comparison's A/A floor for a figure; null when it has none. The worst of several phases has no floor of its own:
 * the ratio of two maxima never lies farther from 1 than the farthest of the phases' own ratios, so the widest floor of
 * the phases is taken, and there must be one for each phase.
 */
export function floorFor(
  { figure }: RegressionLimit,
  { floors }: Pick<Comparison, 'floors'>,
  phases: Result['phases'],
): NoiseOfRatio | null {
  if (figure === 'cpu') return widest([floors.find(({ metric }) => metric === 'cpu/system')])
  const quantile = quantileIds.get(figure.quantile)
  if (quantile === undefined) return null
  const named = phases.filter(({ name, measured }) => (figure.phase === 'measured' ? measured : name === figure.phase))
  return widest(named.map(({ name }) => floors.find(({ metric }) => metric === `${figure.metric}/${quantile}/${name}`)))
}

function widest(floors: readonly (Floor | undefined)[]): NoiseOfRatio | null {
  const known = floors.filter((floor) => floor !== undefined)
  if (known.length === 0 || known.length < floors.length) return null
  const farthest = Math.max(...known.flatMap(({ ratio, low, high }) => [ratio, 1 / ratio, 1 / low, high]))
  return { interval: { low: 1 / farthest, high: farthest }, runs: Math.min(...known.flatMap(({ n }) => n)) }
}

/**
 * The ratios that the noise allows around the one that was found, with `runs` on the smaller side. A floor of n runs is
 * too narrow for fewer: the logarithm of a ratio of medians scatters like one over the root of their number, so it is
 * widened by the root of n / runs. For single runs that is a little too much (1.25 times at most, for normal
 * logarithms: the median is less efficient than the mean), never too little.
 */
export function noiseAround(ratio: number, floor: NoiseOfRatio, runs: number): Interval {
  const widening = Math.sqrt(Math.max(1, floor.runs / runs))
  return { low: ratio * floor.interval.low ** widening, high: ratio * floor.interval.high ** widening }
}
