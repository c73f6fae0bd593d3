import type { Result } from '../../reports/schema/result.ts'
import { keptQuantiles, measuredOfResult, tightestP99 } from '../judge/judge.ts'
import { cleanLedger, highestGoodRate, judgeSlos, type Slo } from '../judge/slos.ts'
import { latenessLimitUs, restate, unjudged } from '../judge/validity.ts'
import { decide } from '../judge/verdict.ts'

/** Objectives that a result cannot answer, one sentence each: it keeps few quantiles, not the samples. */
export function unanswerable(slos: readonly Slo[]): string[] {
  return slos.flatMap(({ id, quantile }) =>
    quantile === null || keptQuantiles.includes(quantile)
      ? []
      : [`--slo=${id}: a result keeps p50, p90, p99, p99.9 and max of each phase, no other quantile`],
  )
}

/**
 * The same run judged by other objectives. Its ledger must be clean in any case, its validity stays what it was, save
 * that a tighter p99 bound asks for a more punctual generator. Latency and ratios of an empty list are the run's own.
 */
export function rejudge(result: Result, given: readonly Slo[]): Result {
  const slos = given.length > 0 ? [...given, ...cleanLedger] : result.slos.map(asSlo)
  const measured = measuredOfResult(result)
  const judged = judgeSlos(slos, measured)
  const limitUs = latenessLimitUs(tightestP99(slos))
  const validity = result.validity.map((rule) => {
    if (rule.rule === 'late-generator') return restate({ ...rule, limit: Math.min(rule.limit, limitUs) })
    return rule.rule === 'unjudged' ? unjudged(judged) : rule
  })
  const { interruptedAtS, interruptedPhase } = result.run
  const interrupted = interruptedAtS === null ? null : { atS: interruptedAtS, phase: interruptedPhase ?? 'the run' }
  const goodRate = highestGoodRate(slos, measured, result.series.offered)
  return {
    ...result,
    slos: judged,
    validity,
    verdict: decide({ slos: judged, validity, highestGoodRate: goodRate, interrupted }),
  }
}

const asSlo = ({ id, metric, phase, quantile, bound, unit }: Slo): Slo => ({ id, metric, phase, quantile, bound, unit })
