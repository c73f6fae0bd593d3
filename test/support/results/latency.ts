/**
 * A closed-form stand-in for measured latencies: every second is log-normal around a median that follows the load.
 * No randomness, so that a report built from it is the same on every machine.
 */

export const binsPerDecade = 8
const fineBinsPerDecade = 50

export interface SecondShape {
  readonly medianUs: number
  readonly sigma: number
  readonly samples: number
  readonly maxUs: number
}

/** Abramowitz and Stegun 26.2.17, absolute error below 7.5e-8. */
function normalCdf(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z))
  const poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  const tail = (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly
  return z > 0 ? 1 - tail : tail
}

const shareBelow = (shape: SecondShape, us: number) => normalCdf(Math.log(us / shape.medianUs) / shape.sigma)

/** Whole counts a bin; the rounding rest goes to the median's bin and the maximum's bin holds at least one. */
export function binCounts(shape: SecondShape, perDecade = binsPerDecade): Map<number, number> {
  const counts = new Map<number, number>()
  const binOf = (us: number) => Math.floor(Math.log10(Math.max(1, us)) * perDecade + 1e-9)
  const top = binOf(shape.maxUs)
  for (let bin = Math.max(0, binOf(shape.medianUs / 50)); bin <= top; bin += 1) {
    const [low, high] = [10 ** (bin / perDecade), 10 ** ((bin + 1) / perDecade)]
    const count = Math.floor(shape.samples * (shareBelow(shape, high) - shareBelow(shape, low)))
    if (count > 0) counts.set(bin, count)
  }
  counts.set(top, Math.max(1, counts.get(top) ?? 0))
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const middle = binOf(shape.medianUs)
  counts.set(middle, Math.max(1, (counts.get(middle) ?? 0) + shape.samples - total))
  return counts
}

/** Quantiles of several seconds together, read from added fine histograms. */
export function merged(shapes: readonly SecondShape[]): { n: number; at: (quantile: number) => number; max: number } {
  const sum = new Map<number, number>()
  for (const shape of shapes)
    for (const [bin, count] of binCounts(shape, fineBinsPerDecade)) sum.set(bin, (sum.get(bin) ?? 0) + count)
  const bins = [...sum].sort(([a], [b]) => a - b)
  const n = bins.reduce((total, [, count]) => total + count, 0)
  const max = Math.max(...shapes.map((shape) => shape.maxUs))
  const at = (quantile: number) => {
    let seen = 0
    for (const [bin, count] of bins) {
      seen += count
      if (seen >= quantile * n) return Math.min(max, Math.round(10 ** ((bin + 1) / fineBinsPerDecade)))
    }
    return max
  }
  return { n, at, max }
}
