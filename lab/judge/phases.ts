import type { PhaseResult, Quantiles } from '../../reports/schema/result.ts'
import { measuredPhases, type PhaseName, type Segment } from '../../scenarios/profiles.ts'
import { type Distribution, maxOf, quantileOf } from '../measure/distribution.ts'
import type { GeneratorSums } from '../measure/generator.ts'
import type { Intervals, LatencyKind } from '../measure/intervals.ts'

/** Consecutive segments of one name, in whole seconds of the profile. */
export interface PhaseSpan {
  readonly name: PhaseName
  readonly startS: number
  readonly durationS: number
  readonly fromRate: number
  readonly toRate: number
  /** False for the warm-up: shown, never judged. */
  readonly measured: boolean
}

export const endOf = (span: { startS: number; durationS: number }): number => span.startS + span.durationS

export function phaseSpans(profile: readonly Segment[]): PhaseSpan[] {
  const spans: PhaseSpan[] = []
  for (const segment of profile) {
    const durationS = segment.durationMs / 1000
    if (durationS === 0) continue
    const last = spans.at(-1)
    if (last?.name === segment.phase) {
      spans[spans.length - 1] = { ...last, durationS: last.durationS + durationS, toRate: segment.toRate }
      continue
    }
    const { phase: name, fromRate, toRate } = segment
    const startS = last === undefined ? 0 : endOf(last)
    spans.push({ name, startS, durationS, fromRate, toRate, measured: measuredPhases.includes(name) })
  }
  return spans
}

/** Thinness is counted in messages: the copies of one message share its fate (measuring.md section 3). */
export const isThin = (messages: number, quantile: number): boolean =>
  quantile < 1 && messages * (1 - quantile) < 10 - 1e-9

const shownQuantiles = { p50: 0.5, p90: 0.9, p99: 0.99, p999: 0.999 } as const

export function quantilesOf(samples: Distribution, messages: number): Quantiles | null {
  if (samples.total === 0) return null
  const value = (name: keyof typeof shownQuantiles) => quantileOf(samples, shownQuantiles[name])!
  const names = Object.keys(shownQuantiles) as (keyof typeof shownQuantiles)[]
  return {
    n: samples.total,
    messages,
    p50: value('p50'),
    p90: value('p90'),
    p99: value('p99'),
    p999: value('p999'),
    max: maxOf(samples)!,
    thin: names.filter((name) => isThin(messages, shownQuantiles[name])),
  }
}

/**
 * One row a phase. `deliveredMessages[i]` = messages due in phase `i` that reached at least one receiver: with the
 * fan-out known only per room, the ledger is the one place that can count them.
 */
export function phaseResults(
  spans: readonly PhaseSpan[],
  generators: readonly GeneratorSums[],
  latency: Intervals,
  deliveredMessages: readonly number[],
): PhaseResult[] {
  return spans.map((span, index) => {
    const sums = generators.flatMap((generator) => generator.phases.filter((phase) => phase.phase === span.name))
    const total = (pick: (phase: (typeof sums)[number]) => number) => sums.reduce((sum, phase) => sum + pick(phase), 0)
    const sent = total((phase) => phase.sent)
    const acked = total((phase) => phase.acked)
    const quantiles = (kind: LatencyKind, messages: number) =>
      quantilesOf(latency.span(kind, span.startS, endOf(span)), messages)
    return {
      ...span,
      intended: total((phase) => phase.intended),
      sent,
      acked,
      refused: refusals(sums.map((phase) => phase.refused)),
      indeterminate: total((phase) => phase.indeterminate),
      delivered: total((phase) => phase.delivered),
      expectedDeliveries: total((phase) => phase.expectedDeliveries),
      goodput: total((phase) => phase.goodput),
      delivery: quantiles('delivery', deliveredMessages[index] ?? 0),
      ack: quantiles('ack', acked),
      lateness: quantiles('lateness', sent),
      deliveryService: quantiles('deliveryService', deliveredMessages[index] ?? 0),
      ackService: quantiles('ackService', acked),
      persistReported: persistOf(latency.span('persistReported', span.startS, endOf(span))),
    }
  })
}

/** Each sample is a message of its own. */
const persistOf = (samples: Distribution) => quantilesOf(samples, samples.total)

function refusals(parts: readonly Readonly<Record<string, number>>[]): { code: string; count: number }[] {
  const byCode = new Map<string, number>()
  for (const part of parts)
    for (const [code, count] of Object.entries(part)) byCode.set(code, (byCode.get(code) ?? 0) + count)
  return [...byCode].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count)
}
