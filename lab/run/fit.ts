import { renderRunReport } from '../../reports/run/render.ts'
import type { Result } from '../../reports/schema/result.ts'

/** Of a report that is passed on: it opens in a moment on a phone, and goes with a mail. */
const pageBudgetBytes = 400_000
/** Fewer would show nothing, and are not what makes a page large. */
const leastColumns = 60

/** A run's result in columns wide enough for its page to stay within `budgetBytes`, as far as that helps. */
export function fitting(make: (doublings: number) => Result, budgetBytes = pageBudgetBytes): Result {
  for (let doublings = 0; ; doublings += 1) {
    const result = make(doublings)
    const { s, widthS } = result.series
    const widest = s.length <= leastColumns || widthS >= result.run.durationS
    if (widest || Buffer.byteLength(renderRunReport(result)) <= budgetBytes) return result
  }
}
