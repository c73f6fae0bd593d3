import type { Random } from './random.ts'

/**
 * The order in which `arms` are run, `rounds` times each: a list of rounds, each with every arm once.
 * Rows are those of a Williams design (Williams 1949, Australian Journal of Scientific Research A 2, 149-168): within
 * rows every arm directly follows every other one equally often. An even number of arms has as many rows, an odd one
 * twice as many; only whole multiples of that are balanced, other numbers of rounds as far as they go.
 * Each row is followed by its own reverse (for two arms: A B, B A, A B ...), so that a drift in time, too, falls on all
 * arms alike after every second round. Which arm gets which letter, and the order of the pairs of rows, is drawn.
 */
export function interleave<T>(arms: readonly T[], rounds: number, random: Random): T[][] {
  const letters = shuffled(arms, random)
  const rows = shuffled(firstRows(arms.length), random).flatMap((row) => [row, row.toReversed()])
  return Array.from({ length: rounds }, (_, round) => rows[round % rows.length]!.map((letter) => letters[letter]!))
}

/** Half of a Williams design; the other half are the reverses. With k arms: 0, 1, k-1, 2, k-2, ... shifted. */
function firstRows(k: number): number[][] {
  const zigzag = Array.from({ length: k }, (_, i) => (i % 2 === 1 ? (i + 1) / 2 : (k - i / 2) % k))
  // With an even k the row shifted by k / 2 is the reverse already.
  const shifts = k % 2 === 0 ? k / 2 : k
  return Array.from({ length: shifts }, (_, shift) => zigzag.map((letter) => (letter + shift) % k))
}

/** Fisher and Yates 1938; Durstenfeld 1964, Communications of the ACM 7(7), 420. */
function shuffled<T>(values: readonly T[], random: Random): T[] {
  const copy = [...values]
  for (let i = copy.length - 1; i > 0; i--) {
    const j = random.below(i + 1)
    ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
  }
  return copy
}
