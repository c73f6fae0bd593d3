import type { LedgerResult, PhaseResult, Result, SeriesColumns } from '../../reports/schema/result.ts'
import type { Segment } from '../../scenarios/profiles.ts'
import { quantileOf } from '../measure/distribution.ts'
import type { GeneratorSums } from '../measure/generator.ts'
import type { Intervals } from '../measure/intervals.ts'
import type { Sample } from '../measure/samples.ts'
import type { TimelineSecond } from '../measure/timeline.ts'
import { edgesOf, runColumns } from './columns.ts'
import { cutsOf, disturbanceFigure, disturbanceOf, keptReconnectQuantiles, type PlannedStep } from './disturbance.ts'
import { heatmapOf } from './heatmap.ts'
import { mergeSeconds } from './merge.ts'
import { endOf, phaseResults, phaseSpans } from './phases.ts'
import { type MeasuredComponent, machineShares, resourcesOf } from './resources.ts'
import { secondsOf } from './series.ts'
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
> & { readonly durationS: number }

/**
 * Pure: the same evidence gives the same judgement. Everything is judged by seconds; only what is drawn is put together
 * into columns, wider by `doublings` than a run of this length needs.
 */
export function judge(evidence: Evidence, doublings = 0): Judgement {
  const { latency, generators } = evidence
  const spans = phaseSpans(evidence.profile)
  const phases = phaseResults(spans, generators, latency, evidence.deliveredMessages)
  const stoppedAfterS = evidence.interrupted === null ? null : Math.ceil(evidence.interrupted.atS)
  const seconds = secondsOf({ ...evidence, stoppedAfterS })
  const durationS = seconds.s.length
  const columns = runColumns(durationS, edgesOf(spans, evidence.steps), doublings)
  const cuts = cutsOf(generators)
  const disturbance = disturbanceOf({ steps: evidence.steps, cuts, spans, series: seconds })
  const measured = measuredOf(phases, latency, evidence.ledger, (metric, quantile) =>
    disturbanceFigure(metric, quantile, disturbance, cuts),
  )
  const slos = judgeSlos(evidence.slos, measured)
  const resources = resourcesOf({
    ...evidence,
    seconds: durationS,
    columns: columns.list,
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
    ...machineShares(evidence, durationS),
    generator: evidence.generatorEnd,
    slos,
    noisyOk: evidence.noisyOk,
  })
  return {
    verdict: decide({
      slos,
      validity,
      highestGoodRate: highestGoodRate(evidence.slos, measured, seconds.offered),
      interrupted: evidence.interrupted,
    }),
    slos,
    validity,
    phases,
    series: mergeSeconds(seconds, latency, columns),
    heatmap: heatmapOf(latency, columns.list),
    spectrum: spectraOf(phases, latency),
    spike: spikeFigures(spans, latency, seconds.backlog),
    resources,
    disturbance,
    durationS,
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
      // A column of several seconds cannot tell how many of them were slow.
      return column === undefined || series.widthS > 1
        ? undefined
        : ((series[column] as (number | null)[])[second] ?? null)
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
