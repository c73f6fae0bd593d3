/**
 * P values of one family, adjusted so that comparing each with alpha keeps the chance of any false alarm in the family
 * at alpha, whatever depends on what: the i-th smallest of m times m - i + 1, never below a smaller one's, at most 1.
 * Holm 1979, Scandinavian Journal of Statistics 6(2), 65-70. In the order given.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[a]! - pValues[b]!)
  const adjusted: number[] = new Array(pValues.length)
  let reached = 0
  order.forEach((index, rank) => {
    reached = Math.max(reached, Math.min(1, pValues[index]! * (pValues.length - rank)))
    adjusted[index] = reached
  })
  return adjusted
}
