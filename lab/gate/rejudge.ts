import type { Result, SloResult } from '../../reports/schema/result.ts'
import { mergeSlos, type Slo as WrittenSlo } from '../../scenarios/slos.ts'
import { isKept, keptWords, measuredOfResult, tightestP99 } from '../judge/judge.ts'
import { cleanLedger, highestGoodRate, judgeSlos, type Slo } from '../judge/slos.ts'
import { latenessLimitUs, restate, unjudged } from '../judge/validity.ts'
import { decide } from '../judge/verdict.ts'

type NamedSlo = Slo & WrittenSlo

/** Objectives that a result cannot answer, one sentence each: it keeps few quantiles, not the samples. */
export function unanswerable(slos: readonly Slo[]): string[] {
  return slos.filter((slo) => !isKept(slo)).map(({ id }) => `--slo=${id}: ${keptWords}, no other quantile`)
}

/**
 * The same run judged by other objectives: those given are put over the run's own, as on the command line of a run
 * (`mergeSlos`). Its ledger must be clean in any case; its validity stays what it was, save that a tighter p99 bound
 * asks for a more punctual generator.
 */
export function rejudge(result: Result, given: readonly Slo[]): Result {
  const own = result.slos.filter((slo) => slo.unit !== 'count').map(asSlo) as NamedSlo[]
  const slos = [...(mergeSlos(own, given as NamedSlo[]) as NamedSlo[]), ...cleanLedger]
  const measured = measuredOfResult(result)
  const judged = judgeKept(slos, result)
  const limitUs = latenessLimitUs(tightestP99(slos))
  const validity = result.validity.map((rule) => {
    if (rule.rule === 'late-generator') return restate({ ...rule, limit: Math.min(rule.limit, limitUs) })
    return rule.rule === 'unjudged' ? unjudged(judged) : rule
  })
  const { interruptedAtS, interruptedPhase } = result.run
  const interrupted = interruptedAtS === null ? null : { atS: interruptedAtS, phase: interruptedPhase ?? 'the run' }
  const goodRate =
    result.series.widthS === 1 ? highestGoodRate(slos, measured, result.series.offered) : keptGoodRate(slos, result)
  return {
    ...result,
    slos: judged,
    validity,
    verdict: decide({ slos: judged, validity, highestGoodRate: goodRate, interrupted }),
  }
}

/**
 * An objective of the run's own on a quantile that only the samples could tell stays as the run judged it, and so do
 * the seconds that missed one where columns of several seconds could not tell them.
 */
function judgeKept(slos: readonly Slo[], result: Result): SloResult[] {
  const own = new Map(result.slos.map((row) => [row.id, row]))
  const judged = judgeSlos(slos.filter(isKept), measuredOfResult(result)).map((row) =>
    withSeconds(row, own.get(row.id)),
  )
  const rows = new Map([...result.slos, ...judged].map((row) => [row.id, row]))
  return slos.flatMap(({ id }) => rows.get(id) ?? [])
}

function withSeconds(row: SloResult, own: SloResult | undefined): SloResult {
  if (own === undefined || row.secondsMissed !== null) return row
  const { secondsMissed, secondsJudged, firstMissS } = own
  return { ...row, secondsMissed, secondsJudged, firstMissS }
}

/** In a run whose columns hold several seconds: what the run said itself, if it was asked for the same latencies. */
function keptGoodRate(slos: readonly Slo[], { slos: own, verdict }: Result): number | null {
  const latencies = (list: readonly Slo[]) =>
    list.flatMap(({ id, metric }) => (metric === 'delivery' || metric === 'ack' ? [id] : [])).sort()
  return latencies(slos).join() === latencies(own).join() ? verdict.highestGoodRate : null
}

const asSlo = ({ id, metric, phase, quantile, bound, unit }: Slo): Slo => ({ id, metric, phase, quantile, bound, unit })
