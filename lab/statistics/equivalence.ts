import type { Interval } from './ratio.ts'

/**
 * True when the whole interval of a ratio lies within 1 / delta and delta, `delta` > 1 being the smallest ratio that
 * anybody would act on: the interval form of two one-sided tests, Schuirmann 1987, Journal of Pharmacokinetics and
 * Biopharmaceutics 15(6), 657-680. With a 95 % interval each side is tested at 2.5 %, half of what he asks for.
 */
export function isEquivalent({ low, high }: Interval, delta: number): boolean {
  return low >= 1 / delta && high <= delta
}
