export interface RankTest {
  /** Pairs in which the first sample's value is the larger one; a tie counts half. */
  readonly u: number
  /** Two-sided. */
  readonly p: number
}

type Sample = ArrayLike<number>

/** Ways to reach each doubled rank sum of the first sample. */
type Counts = Float64Array

/**
 * Exact Mann-Whitney test: Mann and Whitney 1947, Annals of Mathematical Statistics 18(1), 50-60. With ties the
 * midranks are permuted (Lehmann 1975, Nonparametrics, chapter 1.4), so p is exact then as well, where tables and
 * most programs only approximate. Two-sided p: twice the smaller tail, observed value included, at most 1.
 * Counts are whole numbers, exact up to 56 runs in both samples together; beyond that p has a relative error of 1e-13.
 * Infinite values are legal: only the order matters.
 */
export function mannWhitney(first: Sample, second: Sample): RankTest {
  const { ranks, firstSum, tied } = doubledMidranks(first, second)
  const counts = tied ? rankSumCounts(ranks, first.length) : untiedCounts(first.length, second.length)
  return { u: (firstSum - first.length * (first.length + 1)) / 2, p: twoSided(counts, firstSum) }
}

/** Without ties the distribution hangs on the sizes alone; simulations ask for the same one thousands of times. */
const untied = new Map<string, Counts>()

function untiedCounts(size: number, otherSize: number): Counts {
  const key = `${size} ${otherSize}`
  const ranks = Array.from({ length: size + otherSize }, (_, i) => 2 * (i + 1))
  const counts = untied.get(key) ?? rankSumCounts(ranks, size)
  untied.set(key, counts)
  return counts
}

/** The smallest p that any outcome can have with these sizes: all of one sample above all of the other. */
export function smallestP(size: number, otherSize: number): number {
  let ways = 1
  for (let i = 1; i <= size; i++) ways = (ways * (otherSize + i)) / i
  return Math.min(1, 2 / ways)
}

/** Midranks times two are whole numbers. */
function doubledMidranks(first: Sample, second: Sample): { ranks: number[]; firstSum: number; tied: boolean } {
  const values = [
    ...Array.from(first, (value) => ({ value, own: 1 })),
    ...Array.from(second, (value) => ({ value, own: 0 })),
  ]
  values.sort((a, b) => (a.value === b.value ? 0 : a.value - b.value))
  const ranks: number[] = []
  let firstSum = 0
  for (let from = 0; from < values.length; ) {
    let to = from
    while (to + 1 < values.length && values[to + 1]!.value === values[from]!.value) to += 1
    for (let i = from; i <= to; i++) {
      ranks.push(from + to + 2)
      firstSum += values[i]!.own * (from + to + 2)
    }
    from = to + 1
  }
  return { ranks, firstSum, tied: ranks.some((rank, i) => rank === ranks[i + 1]) }
}

/** Of all ways to choose `size` of the ranks, how many have each sum: one rank after the other is taken or left. */
function rankSumCounts(ranks: readonly number[], size: number): Counts {
  const largest = ranks.slice(ranks.length - size).reduce((sum, rank) => sum + rank, 0)
  const chosen = Array.from({ length: size + 1 }, () => new Float64Array(largest + 1))
  chosen[0]![0] = 1
  for (const rank of ranks)
    for (let count = size; count > 0; count--) {
      const [into, from] = [chosen[count]!, chosen[count - 1]!]
      for (let sum = largest; sum >= rank; sum--) into[sum]! += from[sum - rank]!
    }
  return chosen[size]!
}

function twoSided(counts: Counts, observed: number): number {
  let [below, above] = [0, 0]
  counts.forEach((ways, sum) => {
    if (sum <= observed) below += ways
    if (sum >= observed) above += ways
  })
  // The observed sum is in both tails.
  return Math.min(1, (2 * Math.min(below, above)) / (below + above - counts[observed]!))
}
