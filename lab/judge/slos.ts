import { ledgerCounters, type PhaseResult, type Result, type SloResult } from '../../reports/schema/result.ts'
import { type DisturbanceSlo, formatSlo, type Slo as WrittenSlo } from '../../scenarios/slos.ts'
import { endOf, isThin } from './phases.ts'

/** A service level objective as data. `bound` is inclusive and in `unit`. */
export interface Slo {
  /** As it was written, e.g. `p99=250ms`: shown and used as its name. */
  readonly id: string
  readonly metric: string
  /** A phase, `measured` (each measured phase, the worst counts) or `run`. */
  readonly phase: string
  /** 0..1, 1 = max; null for ratios and counters. */
  readonly quantile: number | null
  readonly bound: number
  readonly unit: 'us' | 'ratio' | 'count'
}

export const named = (slos: readonly WrittenSlo[]): Slo[] => slos.map((slo) => ({ ...slo, id: formatSlo(slo) }))

/** Every counter of the ledger must be 0 in every run. */
export const cleanLedger: readonly Slo[] = ledgerCounters.map((name) => ({
  id: `ledger:${name}`,
  metric: `ledger:${name}`,
  phase: 'run',
  quantile: null,
  bound: 0,
  unit: 'count',
}))

export type LatencyMetric = 'delivery' | 'ack'
export type DisturbanceMetric = DisturbanceSlo['metric']
const disturbanceMetrics: readonly string[] = [
  'reconnect',
  'resume',
  'drain',
  'silence',
  'whole',
] satisfies DisturbanceMetric[]
const isDisturbance = (metric: string): metric is DisturbanceMetric => disturbanceMetrics.includes(metric)

/** What a run measured, as far as objectives ask for it. A live run and a result file both offer it. */
export interface Measured {
  readonly phases: readonly PhaseResult[]
  /** Null without samples. */
  phaseQuantile(metric: LatencyMetric, phase: PhaseResult, quantile: number): number | null
  /** Null without samples in that second; undefined when this source keeps no such figure. */
  secondQuantile(metric: LatencyMetric, second: number, quantile: number): number | null | undefined
  /** False: it never came about; null: nothing to judge. */
  disturbance(metric: DisturbanceMetric, quantile: number): number | false | null
  readonly ledger: Pick<Result['ledger'], 'counters'>
}

export function judgeSlos(slos: readonly Slo[], measured: Measured): SloResult[] {
  return slos.map((slo) => {
    if (slo.metric === 'delivery' || slo.metric === 'ack') return judgeLatency(slo, slo.metric, measured)
    if (isDisturbance(slo.metric)) return judgeDisturbance(slo, slo.metric, measured)
    if (slo.metric.startsWith('ledger:')) return judgeCounter(slo, measured)
    return judgeShare(slo, measured)
  })
}

const row = (slo: Slo, found: Partial<SloResult>): SloResult => ({
  id: slo.id,
  metric: slo.metric,
  phase: slo.phase,
  quantile: slo.quantile,
  bound: slo.bound,
  unit: slo.unit,
  measured: null,
  worstPhase: null,
  ratio: found.measured == null || slo.bound === 0 ? null : found.measured / slo.bound,
  secondsMissed: null,
  secondsJudged: null,
  firstMissS: null,
  met: null,
  thin: false,
  ...found,
})

/** Phases an objective speaks of, as far as anything was sent in them: silence cannot be slow. */
export function judgedPhases(slo: Slo, phases: readonly PhaseResult[]): PhaseResult[] {
  return phases.filter((phase) => {
    const named = slo.phase === 'measured' ? phase.measured : slo.phase === 'run' || slo.phase === phase.name
    return named && phase.sent > 0
  })
}

function judgeLatency(slo: Slo, metric: LatencyMetric, measured: Measured): SloResult {
  const quantile = slo.quantile ?? 1
  const phases = judgedPhases(slo, measured.phases)
  if (phases.length === 0) return row(slo, {})
  const seconds = missedSeconds(slo, metric, quantile, phases, measured)
  const figures = phases.map((phase) => ({ phase, us: measured.phaseQuantile(metric, phase, quantile) }))
  const silent = figures.find((figure) => figure.us === null)
  // Sent, and not one answer: slower than any bound.
  if (silent !== undefined) return row(slo, { ...seconds, worstPhase: silent.phase.name, met: false })
  const worst = figures.reduce((a, b) => (b.us! > a.us! ? b : a))
  return row(slo, {
    ...seconds,
    measured: worst.us,
    worstPhase: worst.phase.name,
    met: worst.us! <= slo.bound,
    thin: isThin(worst.phase[metric]?.messages ?? 0, quantile),
  })
}

function missedSeconds(
  slo: Slo,
  metric: LatencyMetric,
  quantile: number,
  phases: readonly PhaseResult[],
  measured: Measured,
): Pick<SloResult, 'secondsMissed' | 'secondsJudged' | 'firstMissS'> {
  const figures = phases.flatMap((phase) =>
    Array.from({ length: phase.durationS }, (_, i) => phase.startS + i).map((second) => ({
      second,
      us: measured.secondQuantile(metric, second, quantile),
    })),
  )
  if (figures.some((figure) => figure.us === undefined))
    return { secondsMissed: null, secondsJudged: null, firstMissS: null }
  const judged = figures.filter((figure) => typeof figure.us === 'number')
  const missed = judged.filter((figure) => figure.us! > slo.bound)
  return { secondsMissed: missed.length, secondsJudged: judged.length, firstMissS: missed[0]?.second ?? null }
}

function judgeCounter(slo: Slo, measured: Measured): SloResult {
  const name = slo.metric.slice('ledger:'.length)
  const count = measured.ledger.counters.find((counter) => counter.name === name)?.count ?? null
  return row(slo, { measured: count, met: count === null ? null : count <= slo.bound })
}

function judgeDisturbance(slo: Slo, metric: DisturbanceMetric, measured: Measured): SloResult {
  const us = measured.disturbance(metric, slo.quantile ?? 1)
  if (us === null) return row(slo, {})
  return us === false ? row(slo, { met: false }) : row(slo, { measured: us, met: us <= slo.bound })
}

/** `errors` = refused by the system, `indeterminate` = neither acked nor refused; both as a share of what was sent. */
function judgeShare(slo: Slo, measured: Measured): SloResult {
  const phases = judgedPhases(slo, measured.phases)
  if (phases.length === 0) return row(slo, {})
  const bad = (phase: PhaseResult) =>
    slo.metric === 'errors' ? phase.refused.reduce((sum, { count }) => sum + count, 0) : phase.indeterminate
  if (slo.phase === 'run') {
    const share =
      phases.reduce((sum, phase) => sum + bad(phase), 0) / phases.reduce((sum, phase) => sum + phase.sent, 0)
    return row(slo, { measured: share, met: share <= slo.bound })
  }
  const worst = phases.reduce((a, b) => (bad(b) / b.sent > bad(a) / a.sent ? b : a))
  const share = bad(worst) / worst.sent
  return row(slo, { measured: share, worstPhase: worst.name, met: share <= slo.bound })
}

/**
 * Highest offered rate of a whole second of a measured phase in which every latency objective that speaks of it held;
 * null if there is none, or no latency objective.
 */
export function highestGoodRate(
  slos: readonly Slo[],
  measured: Measured,
  offered: readonly (number | null)[],
): number | null {
  const latency = slos.filter((slo) => slo.metric === 'delivery' || slo.metric === 'ack')
  if (latency.length === 0) return null
  let best: number | null = null
  for (const phase of measured.phases.filter((candidate) => candidate.measured)) {
    const asked = latency.filter((slo) => judgedPhases(slo, [phase]).length > 0)
    for (let second = phase.startS; second < endOf(phase); second++) {
      const held = asked.every((slo) => {
        const us = measured.secondQuantile(slo.metric as LatencyMetric, second, slo.quantile ?? 1)
        return typeof us === 'number' && us <= slo.bound
      })
      if (held && asked.length > 0) best = Math.max(best ?? 0, offered[second] ?? 0)
    }
  }
  return best
}
