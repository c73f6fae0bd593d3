import { type Evidence, judge } from '../../../lab/judge/judge.ts'
import { endOf, phaseSpans } from '../../../lab/judge/phases.ts'
import { distribution } from '../../../lab/measure/distribution.ts'
import { Intervals } from '../../../lab/measure/intervals.ts'
import type { Sample } from '../../../lab/measure/samples.ts'
import type { TimelineSecond } from '../../../lab/measure/timeline.ts'
import type { Result } from '../../../reports/schema/result.ts'
import { offeredRate, type Segment } from '../../../scenarios/profiles.ts'
import { evidenceOf } from '../history.ts'
import { binCounts, type SecondShape } from './latency.ts'
import { setting } from './setting.ts'

/**
 * An hour at thousands of messages a second, as a run leaves it behind: made by closed forms, put together by the code
 * that judges real runs. One second stalls, a persister is killed, and a drain follows.
 */

const profile: readonly Segment[] = [
  { phase: 'warm-up', durationMs: 33_000, fromRate: 1_000, toRate: 1_000 },
  { phase: 'base', durationMs: 900_000, fromRate: 1_000, toRate: 1_000 },
  { phase: 'rise', durationMs: 47_000, fromRate: 1_000, toRate: 5_000 },
  { phase: 'hold', durationMs: 1_800_000, fromRate: 5_000, toRate: 5_000 },
  { phase: 'fall', durationMs: 20_000, fromRate: 5_000, toRate: 1_000 },
  { phase: 'recovery', durationMs: 777_000, fromRate: 1_000, toRate: 1_000 },
]
const spans = phaseSpans(profile)
const loadedS = endOf(spans.at(-1)!)
const secondsS = loadedS + 23
const roomSize = 5
const cores = 2
export const stalledS = 2_222
const killed = { event: 'F1', what: 'kill -9 persister', fromS: 1_801.3, untilS: 1_806.7 }

const noise = (s: number, salt: number) => Math.abs((Math.sin(s * 12.9898 + salt * 78.233) * 43758.5453) % 1)
const rateAt = (s: number) => (s < loadedS ? Math.round(offeredRate(profile, s * 1_000 + 500)) : 0)

/** Fine enough for a p99; the largest value is exact. */
function latencies({ maxUs, ...shape }: SecondShape) {
  const perDecade = 150
  const bins = [...binCounts({ ...shape, maxUs }, perDecade)]
  const last = Math.max(...bins.map(([bin]) => bin))
  return distribution(bins.map(([bin, count]) => [bin === last ? maxUs : Math.ceil(10 ** (bin / perDecade)), count]))
}

function intervals(): Intervals {
  const latency = new Intervals()
  for (let s = 0; s < loadedS; s++) {
    const rate = rateAt(s)
    const stalled = s === stalledS ? 40 : 1
    const medianUs = (1_400 + (6_200 * rate * (0.8 + 0.4 * noise(s, 1))) / 5_000) * stalled
    const sigma = 0.4 + 0.4 * noise(s, 2)
    const shape = (scale: number, samples: number) => {
      const maxUs = Math.round(medianUs * scale * Math.exp(sigma * (3.1 + 0.9 * noise(s, 3))))
      return latencies({ medianUs: medianUs * scale, sigma, samples, maxUs })
    }
    latency.add('delivery', s, shape(1, rate * roomSize))
    latency.add('deliveryService', s, shape(0.93, rate * roomSize))
    latency.add('ack', s, shape(0.6, rate))
    latency.add('ackService', s, shape(0.55, rate))
    const lateUs = 60 + 120 * noise(s, 4)
    latency.add(
      'lateness',
      s,
      latencies({ medianUs: lateUs, sigma: 0.6, samples: rate, maxUs: Math.round(lateUs * 9) }),
    )
  }
  return latency
}

const backlogAt = (s: number) =>
  Math.round(rateAt(s) * (0.05 + 0.1 * noise(s, 5)) + (s > killed.fromS && s < 1_840 ? 5_000 * (1_840 - s) : 0))

function timeline(): TimelineSecond[] {
  return Array.from({ length: loadedS + 4 }, (_, s) => {
    const rate = rateAt(s)
    const sent = Math.round(rate * (1 - 0.004 * noise(s, 6)))
    const acked = s === stalledS ? 0 : Math.round(rate * (1 - 0.01 * noise(s, 7)))
    const none = { p50Us: null, p99Us: null, maxUs: null, ackP99Us: null, lateP99Us: null }
    const counts = { offered: rate, intended: rate, sent, acked, refused: 0, delivered: acked * roomSize }
    return { s, phase: 'any', ...counts, connected: s === 1_777 ? 512 : 1_000, pending: 0, ...none }
  })
}

const components = ['gateway', 'persister', 'kafka', 'store', 'generator', 'lab'].map((name) => ({
  name,
  title: name,
  measured: true,
}))

function samples(): Sample[] {
  const cpu = components.map(() => 0)
  let written = 0
  return Array.from({ length: secondsS + 1 }, (_, atS) => {
    const load = rateAt(Math.max(0, atS - 1)) / 5_000
    written += 1e6 * load * (0.5 + noise(atS, 30))
    const processes = new Map(
      components.map(({ name }, index) => {
        cpu[index]! += atS === 0 ? 0 : (0.02 + 0.2 * load) * (0.8 + 0.4 * noise(atS, 10 + index))
        const residentBytes = 2e8 + index * 1e7 + 5e6 * noise(atS, 20 + index) + atS * 1_000
        const bytes = { readBytes: 0, writtenBytes: written, writeCalls: atS * 40 }
        return [name, { atMs: atS * 1_000, cpuSeconds: cpu[index]!, residentBytes, ...bytes }]
      }),
    )
    const busySeconds = cpu.reduce((sum, own) => sum + own, 0) + atS * 0.05
    return {
      atS,
      machine: { atMs: atS * 1_000, busySeconds, stealSeconds: atS * 0.001 },
      processes,
      backlog: atS === 0 ? 0 : backlogAt(atS - 1),
      eventLoopP99Us: Math.round(2_000 + 9_000 * noise(atS, 8)),
    }
  })
}

function computed(): Evidence {
  const frame = evidenceOf({ profile })
  const s = Array.from({ length: loadedS }, (_, second) => second)
  const seconds = { s, intended: s.map(rateAt), sentByDue: s.map(rateAt), ackedByDue: s.map(rateAt) }
  const goodput = s.map((second) => (second === stalledS ? 17 : rateAt(second)))
  return {
    ...frame,
    generators: frame.generators.map((sums) => ({ ...sums, seconds: { ...seconds, goodput } })),
    latency: intervals(),
    timeline: timeline(),
    samples: samples(),
    components,
    cores,
    steps: [killed],
  }
}

let evidence: Evidence | null = null
/** Made once: an hour of histograms takes seconds. */
export function hourEvidence(): Evidence {
  evidence ??= computed()
  return evidence
}

/** A whole result over any evidence, judged as a run is. */
export function resultOf(from: Evidence, doublings = 0): Result {
  const { durationS, ...judgement } = judge(from, doublings)
  const fixed = setting(judgement.phases)
  const events = from.steps.map(({ event, ...step }) => ({
    id: event,
    tS: step.fromS,
    untilS: step.untilS,
    phase: 'hold',
    kind: 'fault' as const,
    what: step.what,
    effect: 'backlog grew',
    planned: true,
  }))
  return {
    ...fixed,
    ...judgement,
    run: { ...fixed.run, label: 'an hour', durationS },
    workload: { ...fixed.workload, holdS: 1_800 },
    ledger: from.ledger,
    events,
  }
}

const results = new Map<number, Result>()
/** The hour's result, a copy of its own each time. */
export function hourResult(doublings = 0): Result {
  const result = results.get(doublings) ?? resultOf(hourEvidence(), doublings)
  results.set(doublings, result)
  return structuredClone(result)
}
