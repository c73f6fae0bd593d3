import type { DisturbanceResult, SeriesColumns } from '../../reports/schema/result.ts'
import type { GeneratorSums } from '../measure/generator.ts'
import { endOf, type PhaseSpan } from './phases.ts'
import type { DisturbanceMetric } from './slos.ts'

/** Something that was done to the target on purpose, on the profile's axis. */
export interface PlannedStep {
  /** Of the event that stands for it. */
  readonly event: string
  readonly what: string
  readonly fromS: number
  /** Null: it was not over when the run was. */
  readonly untilS: number | null
}

export interface DisturbanceEvidence {
  readonly steps: readonly PlannedStep[]
  readonly cuts: readonly Cut[]
  readonly spans: readonly PhaseSpan[]
  readonly series: Pick<SeriesColumns, 's' | 'offered' | 'acked' | 'goodput' | 'backlog'>
}

export interface Cut {
  readonly atUs: number
  readonly code: number
  /** How long nothing had come from the server when the client took it for lost; null where the socket broke. */
  readonly silentUs: number | null
  readonly connectedAfterUs: number | null
  readonly resumedAfterUs: number | null
}

/** A second belongs to the dip when less of what was due in it reached everybody in time. */
export const dipShare = 0.95
/** The backlog is back when it stays for so many samples within its level before, and half a second of load. */
const drainedSamples = 3
const slackS = 0.5

export function cutsOf(generators: readonly GeneratorSums[]): Cut[] {
  return generators.flatMap(({ cuts }) =>
    cuts.atUs.map((atUs, i) => ({
      atUs,
      code: cuts.code[i]!,
      silentUs: cuts.silentUs[i] ?? null,
      connectedAfterUs: cuts.connectedAfterUs[i] ?? null,
      resumedAfterUs: cuts.resumedAfterUs[i] ?? null,
    })),
  )
}

/** What every step cost, until the next one began; sockets also over the whole run, whatever cut them. */
export function disturbanceOf(evidence: DisturbanceEvidence): DisturbanceResult {
  const { steps, cuts, series } = evidence
  return {
    sockets: socketsOf(cuts),
    steps: steps.map((step, index) => {
      const untilS = steps[index + 1]?.fromS ?? series.s.length
      const within = cuts.filter(({ atUs }) => atUs >= step.fromS * 1e6 && atUs < untilS * 1e6)
      const window = { fromS: step.fromS, untilS }
      return { ...step, sockets: socketsOf(within), ...dipOf(window, evidence), ...queueOf(window, evidence) }
    }),
  }
}

type Sockets = DisturbanceResult['sockets']

function socketsOf(cuts: readonly Cut[]): Sockets {
  const codes = new Map<number, number>()
  for (const { code } of cuts) codes.set(code, (codes.get(code) ?? 0) + 1)
  return {
    cut: cuts.length,
    codes: [...codes].sort(([a], [b]) => a - b).map(([code, count]) => ({ code, count })),
    notResumed: cuts.filter(({ resumedAfterUs }) => resumedAfterUs === null).length,
    silent: quantilesOf(cuts.map(({ silentUs }) => silentUs)),
    connected: quantilesOf(cuts.map(({ connectedAfterUs }) => connectedAfterUs)),
    resumed: quantilesOf(cuts.map(({ resumedAfterUs }) => resumedAfterUs)),
  }
}

function quantilesOf(values: readonly (number | null)[]): Sockets['resumed'] {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b)
  if (sorted.length === 0) return null
  const at = (quantile: number) => quantileOf(sorted, quantile)
  return { n: sorted.length, p50: at(0.5), p95: at(0.95), max: at(1) }
}

const quantileOf = (sorted: readonly number[], quantile: number): number =>
  sorted[Math.max(0, Math.ceil(quantile * sorted.length) - 1)]!

interface Window {
  readonly fromS: number
  readonly untilS: number
}

type Step = DisturbanceResult['steps'][number]

function secondsOf({ fromS, untilS }: Window, { series }: DisturbanceEvidence): number[] {
  return series.s.filter((second) => second >= Math.floor(fromS) && second < untilS)
}

function dipOf(
  window: Window,
  evidence: DisturbanceEvidence,
): Pick<Step, 'lowestGoodShare' | 'lowestGoodS' | 'dipS' | 'silentS'> {
  const { offered, goodput, acked } = evidence.series
  const loaded = secondsOf(window, evidence).filter((second) => (offered[second] ?? 0) > 0)
  const shares = loaded.map((second) => ({
    second,
    share: Math.min(1, (goodput[second] ?? 0) / offered[second]!),
  }))
  const lowest = shares.length === 0 ? null : shares.reduce((a, b) => (b.share < a.share ? b : a))
  let silent = 0
  let longest = 0
  for (const second of loaded) {
    silent = (acked[second] ?? 0) > 0 ? 0 : silent + 1
    longest = Math.max(longest, silent)
  }
  return {
    lowestGoodShare: lowest?.share ?? null,
    lowestGoodS: lowest?.second ?? null,
    dipS: shares.filter(({ share }) => share < dipShare).length,
    silentS: longest,
  }
}

function queueOf(
  window: Window,
  evidence: DisturbanceEvidence,
): Pick<Step, 'backlogLimit' | 'backlogPeak' | 'backlogPeakS' | 'drainedAfterS'> {
  const { backlog } = evidence.series
  const levels = secondsOf(window, evidence).flatMap((second) => {
    const level = backlog[second] ?? null
    return level === null ? [] : [{ second, level }]
  })
  const limit = backlogLimitOf(window, evidence)
  if (limit === null || levels.length === 0)
    return { backlogLimit: limit, backlogPeak: null, backlogPeakS: null, drainedAfterS: null }
  const peak = levels.reduce((a, b) => (b.level > a.level ? b : a))
  const facts = { backlogLimit: limit, backlogPeak: peak.level, backlogPeakS: peak.second }
  const first = levels.findIndex(({ level }) => level > limit)
  if (first < 0) return { ...facts, drainedAfterS: 0 }
  const back = levels.findIndex(
    (_, index) => index > first && levels.slice(index, index + drainedSamples).every((sample) => sample.level <= limit),
  )
  // A sample is taken when its second ends.
  return { ...facts, drainedAfterS: back < 0 ? null : levels[back]!.second + 1 - window.fromS }
}

/** Its highest level in the base phase, or else before the first step, and half a second of load. */
function backlogLimitOf({ fromS }: Window, { spans, series, steps }: DisturbanceEvidence): number | null {
  const base = spans.find(({ name }) => name === 'base')
  const [from, until] = base === undefined ? [0, steps[0]?.fromS ?? 0] : [base.startS, endOf(base)]
  const levels = series.backlog.slice(from, Math.floor(until)).filter((level) => level !== null)
  if (levels.length === 0) return null
  const rate = series.offered[Math.floor(fromS)] ?? 0
  return Math.max(...levels) + Math.round(slackS * rate)
}

/** The figure that an objective asks for: `false` = it never came about, null = there is nothing to judge. */
export function disturbanceFigure(
  metric: DisturbanceMetric,
  quantile: number,
  { sockets, steps }: DisturbanceResult,
  cuts: readonly Cut[] | null,
): number | false | null {
  if (metric === 'whole') return wholeAfterUs(steps)
  if (metric === 'silence') return sockets.silent?.[keptQuantile(quantile)] ?? null
  if (metric !== 'drain') {
    const kept = metric === 'reconnect' ? sockets.connected : sockets.resumed
    if (sockets.cut === 0) return null
    if (kept === null || kept.n < sockets.cut) return false
    if (cuts === null) return kept[keptQuantile(quantile)]
    const times = cuts.map((cut) => (metric === 'reconnect' ? cut.connectedAfterUs : cut.resumedAfterUs)!)
    return quantileOf(
      times.sort((a, b) => a - b),
      quantile,
    )
  }
  if (steps.length === 0 || steps.some(({ backlogPeak }) => backlogPeak === null)) return null
  if (steps.some(({ drainedAfterS }) => drainedAfterS === null)) return false
  return Math.round(Math.max(...steps.map(({ drainedAfterS }) => drainedAfterS! * 1e6)))
}

function wholeAfterUs(steps: DisturbanceResult['steps']): number | false | null {
  if (steps.length === 0) return null
  if (steps.some(({ untilS }) => untilS === null)) return false
  return Math.round(Math.max(...steps.map(({ fromS, untilS }) => (untilS! - fromS) * 1e6)))
}

const kept = { 0.5: 'p50', 0.95: 'p95', 1: 'max' } as const

/** Quantiles of a reconnect that a result keeps. */
export const keptReconnectQuantiles: readonly number[] = Object.keys(kept).map(Number)

function keptQuantile(quantile: number): (typeof kept)[keyof typeof kept] {
  const name = kept[quantile as keyof typeof kept]
  if (name === undefined) throw new Error(`a result keeps no quantile ${quantile} of reconnects`)
  return name
}
