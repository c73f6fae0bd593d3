/** A copy in ascending order. */
export function ascending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort()
}

/**
 * Sample quantile of values in ascending order, `q` from 0 to 1: linear between the order statistics around
 * (n - 1) q. Type 7 of Hyndman and Fan 1996, The American Statistician 50(4), 361-365; the default of R and NumPy.
 * Infinite values are legal; NaN when there is none at all.
 */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  // Between two infinite values, or at one exactly, the product of 0 and infinity would make NaN of a known figure.
  if (below === above) return below
  return below + (above - below) * (position - Math.floor(position))
}

/** The middle value, or the mean of the two middle ones. */
export function median(values: ArrayLike<number>): number {
  return quantile(ascending(values), 0.5)
}
