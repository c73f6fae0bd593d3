/**
 * Recorded values and how often each occurred, ascending. The sparse form of an HDR histogram: a run keeps one a
 * second and kind, and the dense form (72 KiB each) would not fit a long run.
 */
export interface Distribution {
  readonly values: Uint32Array
  readonly counts: Uint32Array
  readonly total: number
}

export const emptyDistribution: Distribution = { values: new Uint32Array(0), counts: new Uint32Array(0), total: 0 }

/** Builds one from `[value, count]` pairs in any order; equal values are added. */
export function distribution(pairs: Iterable<readonly [value: number, count: number]>): Distribution {
  const byValue = new Map<number, number>()
  for (const [value, count] of pairs) byValue.set(value, (byValue.get(value) ?? 0) + count)
  const values = Uint32Array.from(byValue.keys()).sort()
  const counts = Uint32Array.from(values, (value) => byValue.get(value)!)
  return { values, counts, total: counts.reduce((sum, count) => sum + count, 0) }
}

/** Merges by addition, the only way two distributions may be joined (measuring.md section 3). */
export function mergeDistributions(parts: Iterable<Distribution>): Distribution {
  const filled = [...parts].filter((part) => part.total > 0)
  if (filled.length === 1) return filled[0]!
  return distribution(
    filled.flatMap((part) => Array.from(part.values, (value, i) => [value, part.counts[i]!] as const)),
  )
}

/** Smallest recorded value that at least the share `quantile` (0..1) of all samples does not exceed; null if empty. */
export function quantileOf(source: Distribution, quantile: number): number | null {
  if (source.total === 0) return null
  // The product of two exact decimals such as 0.999 and 1000 may land a hair above an integer.
  const rank = Math.max(1, Math.ceil(quantile * source.total - 1e-9))
  let seen = 0
  for (let i = 0; i < source.values.length; i++) {
    seen += source.counts[i]!
    if (seen >= rank) return source.values[i]!
  }
  return source.values.at(-1)!
}

export const maxOf = (source: Distribution): number | null => source.values.at(-1) ?? null
