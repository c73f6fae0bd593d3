import type { LedgerResult, PhaseResult, Result, SeriesColumns } from '../../reports/schema/result.ts'
import type { Segment } from '../../scenarios/profiles.ts'
import { quantileOf } from '../measure/distribution.ts'
import type { GeneratorSums } from '../measure/generator.ts'
import type { Intervals } from '../measure/intervals.ts'
import type { Sample } from '../measure/samples.ts'
import type { TimelineSecond } from '../measure/timeline.ts'
import { cutsOf, disturbanceFigure, disturbanceOf, keptReconnectQuantiles, type PlannedStep } from './disturbance.ts'
import { heatmapOf } from './heatmap.ts'
import { endOf, phaseResults, phaseSpans } from './phases.ts'
import { type MeasuredComponent, resourcesOf } from './resources.ts'
import { seriesOf } from './series.ts'
import { highestGoodRate, judgeSlos, type Measured, type Slo } from './slos.ts'
import { spectraOf } from './spectrum.ts'
import { spikeFigures } from './spike.ts'
import { judgeValidity, type UnplannedEnd } from './validity.ts'
import { decide } from './verdict.ts'

/** All that a run left behind, before anybody has judged it. */
export interface Evidence {
  readonly profile: readonly Segment[]
  readonly slos: readonly Slo[]
  readonly generators: readonly GeneratorSums[]
  readonly latency: Intervals
  readonly timeline: readonly TimelineSecond[]
  readonly samples: readonly Sample[]
  readonly ledger: LedgerResult
  /** Messages of each phase that reached at least one receiver. */
  readonly deliveredMessages: readonly number[]
  readonly components: readonly MeasuredComponent[]
  readonly cores: number
  readonly coresSeen: ReadonlyMap<string, readonly string[]>
  readonly unplanned: readonly UnplannedEnd[]
  readonly generatorEnd: { readonly endReason: string | null; readonly exitProblem: string | null }
  readonly noisyOk: boolean
  readonly interrupted: { readonly atS: number; readonly phase: string } | null
  readonly steps: readonly PlannedStep[]
}

export type Judgement = Pick<
  Result,
  'verdict' | 'slos' | 'validity' | 'phases' | 'series' | 'heatmap' | 'spectrum' | 'spike' | 'resources' | 'disturbance'
>

/** Pure: the same evidence gives the same judgement. */
export function judge(evidence: Evidence): Judgement {
  const { latency, generators, samples } = evidence
  const spans = phaseSpans(evidence.profile)
  const phases = phaseResults(spans, generators, latency, evidence.deliveredMessages)
  const stoppedAfterS = evidence.interrupted === null ? null : Math.ceil(evidence.interrupted.atS)
  const series = seriesOf({ ...evidence, stoppedAfterS })
  const cuts = cutsOf(generators)
  const disturbance = disturbanceOf({ steps: evidence.steps, cuts, spans, series })
  const measured = measuredOf(phases, latency, evidence.ledger, (metric, quantile) =>
    disturbanceFigure(metric, quantile, disturbance, cuts),
  )
  const slos = judgeSlos(evidence.slos, measured)
  const resources = resourcesOf({
    ...evidence,
    samples,
    seconds: series.s.length,
    spans,
    messages: phases.reduce((sum, phase) => sum + (phase.measured ? phase.acked : 0), 0),
  })
  const validity = judgeValidity({
    phases,
    latency,
    p99BoundUs: tightestP99(evidence.slos),
    overflows: generators.flatMap(({ overflow }) => Object.values(overflow)).reduce((sum, count) => sum + count, 0),
    audit: evidence.ledger.audit,
    unplanned: evidence.unplanned,
    steal: resources.steal,
    foreign: resources.foreign,
    generator: evidence.generatorEnd,
    slos,
    noisyOk: evidence.noisyOk,
  })
  return {
    verdict: decide({
      slos,
      validity,
      highestGoodRate: highestGoodRate(evidence.slos, measured, series.offered),
      interrupted: evidence.interrupted,
    }),
    slos,
    validity,
    phases,
    series,
    heatmap: heatmapOf(latency, series.s.length),
    spectrum: spectraOf(phases, latency),
    spike: spikeFigures(spans, latency, series.backlog),
    resources,
    disturbance,
  }
}

export const tightestP99 = (slos: readonly Slo[]): number | null => {
  const bounds = slos.filter((slo) => slo.metric === 'delivery' && slo.quantile === 0.99).map((slo) => slo.bound)
  return bounds.length === 0 ? null : Math.min(...bounds)
}

function measuredOf(
  phases: readonly PhaseResult[],
  latency: Intervals,
  ledger: LedgerResult,
  disturbance: Measured['disturbance'],
): Measured {
  return {
    phases,
    disturbance,
    phaseQuantile: (metric, phase, quantile) => quantileOf(latency.span(metric, phase.startS, endOf(phase)), quantile),
    secondQuantile: (metric, second, quantile) => quantileOf(latency.at(metric, second), quantile),
    ledger,
  }
}

/** The same questions answered from a result file: only the quantiles it keeps can be asked for. */
export function measuredOfResult({ phases, series, ledger, disturbance }: Result): Measured {
  const kept = { 0.5: 'p50', 0.9: 'p90', 0.99: 'p99', 0.999: 'p999', 1: 'max' } as const
  const columns: Record<string, keyof SeriesColumns> = {
    'delivery 0.5': 'deliveryP50',
    'delivery 0.99': 'deliveryP99',
    'delivery 1': 'deliveryMax',
    'ack 0.5': 'ackP50',
    'ack 0.99': 'ackP99',
    'ack 1': 'ackMax',
  }
  return {
    phases,
    phaseQuantile: (metric, phase, quantile) => {
      const name = kept[quantile as keyof typeof kept]
      if (name === undefined) throw new Error(`a result keeps no quantile ${quantile}`)
      return phase[metric]?.[name] ?? null
    },
    secondQuantile: (metric, second, quantile) => {
      const column = columns[`${metric} ${quantile}`]
      return column === undefined ? undefined : ((series[column] as (number | null)[])[second] ?? null)
    },
    disturbance: (metric, quantile) =>
      disturbance === undefined ? null : disturbanceFigure(metric, quantile, disturbance, null),
    ledger,
  }
}

const keptQuantiles: readonly number[] = [0.5, 0.9, 0.99, 0.999, 1]

/** Whether a result can answer an objective: it keeps few quantiles, not the samples. */
export function isKept({ metric, quantile }: Pick<Slo, 'metric' | 'quantile'>): boolean {
  if (quantile === null || metric === 'drain' || metric === 'whole') return true
  return (
    metric === 'reconnect' || metric === 'resume' || metric === 'silence' ? keptReconnectQuantiles : keptQuantiles
  ).includes(quantile)
}

export const keptWords =
  'a result keeps p50, p90, p99, p99.9 and max of each phase, and p50, p95 and max of reconnect, resume and silence'
