import type { SeriesColumns } from '../../reports/schema/result.ts'
import { offeredRate, type Profile, profileDurationMs } from '../../scenarios/profiles.ts'
import { type Distribution, maxOf, quantileOf } from '../measure/distribution.ts'
import type { GeneratorSums } from '../measure/generator.ts'
import type { Intervals, LatencyKind } from '../measure/intervals.ts'
import { type Sample, samplesAtBorders } from '../measure/samples.ts'
import type { TimelineSecond } from '../measure/timeline.ts'

export interface SeriesEvidence {
  readonly profile: Profile
  readonly generators: readonly GeneratorSums[]
  readonly latency: Intervals
  readonly timeline: readonly TimelineSecond[]
  readonly samples: readonly Sample[]
  /** Seconds that really ran, where a run was stopped by hand; null otherwise. */
  readonly stoppedAfterS: number | null
}

/** Seconds of the profile, of the generator's drain, and as long as the lab then watched the backlog fall. */
export function seriesSeconds({ profile, timeline, samples, stoppedAfterS }: SeriesEvidence): number {
  const asked = profileDurationMs(profile) / 1000
  const drained = Math.max(
    0,
    ...timeline.map((second) => second.s + 1),
    ...samples.map((sample) => Math.round(sample.atS)),
  )
  return stoppedAfterS === null
    ? Math.max(asked, drained)
    : Math.min(Math.max(asked, drained), Math.max(1, stoppedAfterS))
}

/** One column a second: what everything is judged by. */
export function secondsOf(evidence: SeriesEvidence): SeriesColumns {
  const seconds = Array.from({ length: seriesSeconds(evidence) }, (_, second) => second)
  const borders = samplesAtBorders(evidence.samples, seconds.length)
  const lines = new Map(evidence.timeline.map((line) => [line.s, line]))
  const wall = (name: 'sent' | 'acked' | 'delivered' | 'refused' | 'connected') =>
    seconds.map((second) => lines.get(second)?.[name] ?? null)
  const due = (kind: LatencyKind, figure: (samples: Distribution) => number | null) =>
    seconds.map((second) => figure(evidence.latency.at(kind, second)))
  const p50 = (samples: Distribution) => quantileOf(samples, 0.5)
  const p99 = (samples: Distribution) => quantileOf(samples, 0.99)
  return {
    widthS: 1,
    s: seconds,
    offered: seconds.map((second) => offeredIn(evidence.profile, second)),
    sent: wall('sent'),
    acked: wall('acked'),
    delivered: wall('delivered'),
    refused: wall('refused'),
    connected: wall('connected'),
    goodput: goodput(evidence.generators, seconds),
    deliveryP50: due('delivery', p50),
    deliveryP99: due('delivery', p99),
    deliveryMax: due('delivery', maxOf),
    ackP50: due('ack', p50),
    ackP99: due('ack', p99),
    ackMax: due('ack', maxOf),
    serviceP50: due('deliveryService', p50),
    serviceP99: due('deliveryService', p99),
    serviceMax: due('deliveryService', maxOf),
    latenessP99: due('lateness', p99),
    backlog: seconds.map((second) => borders[second + 1]?.backlog ?? null),
    eventLoopP99: seconds.map((second) => borders[second + 1]?.eventLoopP99Us ?? null),
  }
}

/** Mean rate that the profile asks for in one second: segments are linear and end at full seconds. Null after it. */
function offeredIn(profile: Profile, second: number): number | null {
  return second * 1000 < profileDurationMs(profile) ? offeredRate(profile, second * 1000 + 500) : null
}

function goodput(generators: readonly GeneratorSums[], seconds: readonly number[]): (number | null)[] {
  const bySecond = new Map<number, number>()
  for (const { seconds: columns } of generators)
    columns.s.forEach((second, i) => {
      bySecond.set(second, (bySecond.get(second) ?? 0) + (columns.goodput[i] ?? 0))
    })
  return seconds.map((second) => bySecond.get(second) ?? null)
}
