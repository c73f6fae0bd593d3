import { ledgerCounters, type PhaseResult, type Quantiles, type Result } from '../../../reports/schema/result.ts'
import { binCounts, binsPerDecade, merged, type SecondShape } from './latency.ts'
import { setting } from './setting.ts'

/**
 * Sample results for the tests of the reports, built from closed forms: consistent in themselves, equal on every
 * machine, small enough to change one thing and see what the report makes of it. They are no measurements.
 */

type PhaseName = PhaseResult['name']
interface Segment {
  readonly name: PhaseName
  readonly durationS: number
  readonly fromRate: number
  readonly toRate: number
}

export interface Sample {
  readonly segments: readonly Segment[]
  readonly drainS: number
  /** Latency grows with load: median and tail in microseconds at 100 and at 5,000 msg/s. */
  readonly slowdown: number
  readonly roomSize: number
  /** Phases in which nothing is delivered. */
  readonly silent: readonly PhaseName[]
}

export const spikeSegments: readonly Segment[] = [
  { name: 'warm-up', durationS: 2, fromRate: 100, toRate: 100 },
  { name: 'base', durationS: 15, fromRate: 100, toRate: 100 },
  { name: 'rise', durationS: 5, fromRate: 100, toRate: 5000 },
  { name: 'hold', durationS: 60, fromRate: 5000, toRate: 5000 },
  { name: 'fall', durationS: 5, fromRate: 5000, toRate: 100 },
  { name: 'recovery', durationS: 20, fromRate: 100, toRate: 100 },
]

const spike: Sample = { segments: spikeSegments, drainS: 3, slowdown: 1, roomSize: 5, silent: [] }

/** A steady wobble without a random source: between 0 and 1. */
const wobble = (s: number, salt: number) => (Math.sin(s * 12.9898 + salt * 78.233) * 43758.5453) % 1
const noise = (s: number, salt: number) => Math.abs(wobble(s, salt))

interface Second {
  readonly s: number
  readonly phase: PhaseName | null
  readonly offered: number
  readonly delivery: SecondShape | null
  readonly ack: SecondShape | null
  readonly service: SecondShape | null
}

function secondsOf(sample: Sample): Second[] {
  const seconds: Second[] = []
  for (const segment of sample.segments)
    for (let i = 0; i < segment.durationS; i += 1) {
      const middle = (i + 0.5) / segment.durationS
      const offered = Math.round(segment.fromRate + (segment.toRate - segment.fromRate) * middle)
      seconds.push(second(seconds.length, segment.name, offered, sample))
    }
  for (let i = 0; i < sample.drainS; i += 1) seconds.push(second(seconds.length, null, 0, sample))
  return seconds
}

function second(s: number, phase: PhaseName | null, offered: number, sample: Sample): Second {
  const quiet = phase === null || offered === 0 || sample.silent.includes(phase)
  if (quiet) return { s, phase, offered, delivery: null, ack: null, service: null }
  const load = offered / 5000
  const median = (1_400 + 6_200 * load * (0.8 + 0.4 * noise(s, 1))) * sample.slowdown
  const sigma = 0.35 + 0.45 * load + 0.12 * noise(s, 2)
  const shape = (scale: number, samples: number): SecondShape => {
    const maxUs = Math.round(median * scale * Math.exp(sigma * (3.1 + 0.9 * noise(s, 3))))
    return { medianUs: median * scale, sigma, samples, maxUs }
  }
  const delivery = shape(1, offered * sample.roomSize)
  return { s, phase, offered, delivery, ack: shape(0.6, offered), service: shape(0.93, offered * sample.roomSize) }
}

function quantiles(shapes: readonly (SecondShape | null)[], copies: number): Quantiles | null {
  const real = shapes.filter((shape) => shape !== null)
  if (real.length === 0) return null
  const { n, at, max } = merged(real)
  const messages = Math.round(n / copies)
  const thin = messages < 10_000 ? ['p999', ...(messages < 1_000 ? ['p99'] : [])] : []
  return { n, messages, p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max, thin }
}

function phasesOf(sample: Sample, seconds: readonly Second[]): PhaseResult[] {
  let startS = 0
  return sample.segments.map((segment) => {
    const own = seconds.filter((entry) => entry.phase === segment.name)
    const intended = own.reduce((sum, entry) => sum + entry.offered, 0)
    const silent = sample.silent.includes(segment.name)
    const done = silent ? 0 : intended
    const lateness = own.map((entry) => lateShape(entry))
    const phase: PhaseResult = {
      ...segment,
      startS,
      measured: segment.name !== 'warm-up',
      intended,
      sent: intended,
      acked: done,
      refused: [],
      indeterminate: intended - done,
      delivered: done * sample.roomSize,
      expectedDeliveries: intended * sample.roomSize,
      goodput: done,
      delivery: quantiles(
        own.map((entry) => entry.delivery),
        sample.roomSize,
      ),
      ack: quantiles(
        own.map((entry) => entry.ack),
        1,
      ),
      lateness: quantiles(lateness, 1),
      deliveryService: quantiles(
        own.map((entry) => entry.service),
        sample.roomSize,
      ),
      ackService: quantiles(
        own.map((entry) => entry.ack),
        1,
      ),
      persistReported: quantiles(
        own.map((entry) => entry.ack),
        1,
      ),
    }
    startS += segment.durationS
    return phase
  })
}

function lateShape({ s, offered }: Second): SecondShape | null {
  if (offered === 0) return null
  const medianUs = 60 + 120 * noise(s, 4)
  return { medianUs, sigma: 0.6, samples: offered, maxUs: Math.round(medianUs * 9) }
}

const readOne = (shape: SecondShape | null, quantile: number) => (shape ? merged([shape]).at(quantile) : null)

function seriesOf(sample: Sample, seconds: readonly Second[]): Result['series'] {
  const column = <T>(of: (entry: Second) => T) => seconds.map(of)
  const done = (entry: Second) => (entry.delivery ? entry.offered : 0)
  const backlog = (entry: Second) =>
    entry.offered > 1_000 ? Math.round(entry.offered * (0.05 + 0.1 * noise(entry.s, 5))) : 0
  return {
    widthS: 1,
    s: column((entry) => entry.s),
    offered: column((entry) => entry.offered),
    sent: column((entry) => Math.max(0, entry.offered - Math.round(entry.offered * 0.004 * noise(entry.s, 6)))),
    acked: column((entry) => Math.max(0, done(entry) - Math.round(done(entry) * 0.01 * noise(entry.s, 7)))),
    delivered: column((entry) => done(entry) * sample.roomSize),
    refused: column(() => 0),
    connected: column(() => 1_000),
    goodput: column(done),
    deliveryP50: column((entry) => readOne(entry.delivery, 0.5)),
    deliveryP99: column((entry) => readOne(entry.delivery, 0.99)),
    deliveryMax: column((entry) => entry.delivery?.maxUs ?? null),
    ackP50: column((entry) => readOne(entry.ack, 0.5)),
    ackP99: column((entry) => readOne(entry.ack, 0.99)),
    ackMax: column((entry) => entry.ack?.maxUs ?? null),
    serviceP50: column((entry) => readOne(entry.service, 0.5)),
    serviceP99: column((entry) => readOne(entry.service, 0.99)),
    serviceMax: column((entry) => entry.service?.maxUs ?? null),
    latenessP99: column((entry) => readOne(lateShape(entry), 0.99)),
    backlog: column(backlog),
    eventLoopP99: column((entry) => Math.round(1_000 + 9_000 * (entry.offered / 5000) * noise(entry.s, 8))),
  }
}

function heatmapOf(seconds: readonly Second[]): Result['heatmap'] {
  let samples = 0
  const columns = seconds.flatMap((entry, index) => {
    if (!entry.delivery) return []
    const counts = binCounts(entry.delivery)
    const bins = [...counts.keys()].sort((a, b) => a - b)
    const [first = 0, last = 0] = [bins[0], bins.at(-1)]
    const dense = Array.from({ length: last - first + 1 }, (_, i) => counts.get(first + i) ?? 0)
    samples += dense.reduce((sum, count) => sum + count, 0)
    return [[index, first, ...dense]]
  })
  return { binsPerDecade, minUs: 1, columns, samples }
}

function spectrumOf(sample: Sample, seconds: readonly Second[]): Result['spectrum'] {
  return (['base', 'hold', 'recovery'] as const).flatMap((phase) => {
    const shapes = seconds.flatMap((entry) => (entry.phase === phase && entry.delivery ? [entry.delivery] : []))
    if (shapes.length === 0) return []
    const { n, at, max } = merged(shapes)
    const messages = n / sample.roomSize
    const inner = Array.from({ length: 50 }, (_, i) => 1 - 10 ** (-i / 10)).filter((q) => (1 - q) * messages >= 0.5)
    const points = [...inner.map((q): [number, number] => [q, at(q)]), [1, max] as [number, number]]
    return [{ phase, points, solid: points.findIndex(([q]) => (1 - q) * messages < 10) }]
  })
}

const total = (phases: readonly PhaseResult[], name: 'intended' | 'sent' | 'acked' | 'delivered' | 'indeterminate') =>
  phases.reduce((sum, phase) => sum + phase[name], 0)

function ledgerOf(phases: readonly PhaseResult[]): Result['ledger'] {
  const stage = (name: string, count: number | null, note = '') => ({ stage: name, count, note })
  const acked = total(phases, 'acked')
  return {
    funnel: [
      stage('intended', total(phases, 'intended')),
      stage('sent', total(phases, 'sent')),
      stage('acked', acked),
      stage('logged', acked),
      stage('persisted', acked),
      stage('delivered', total(phases, 'delivered'), 'copies to members'),
      stage('searchable', null, 'not measured: search off'),
    ],
    counters: ledgerCounters.map((name) => ({ name, invariant: invariants[name], count: 0, examples: [] })),
    indeterminate: { count: total(phases, 'indeterminate'), stored: 0, notStored: total(phases, 'indeterminate') },
    audit: {
      complete: true,
      reader: 'mongodb driver',
      rowsRead: acked,
      foreignRows: 0,
      historyRows: 0,
      durationMs: 1_840,
      problem: null,
    },
  }
}

const invariants: Record<(typeof ledgerCounters)[number], string> = {
  lost_after_ack: 'every acked message is persisted',
  undelivered: 'every acked message reached every member subscribed at the time',
  delivered_unsaved: 'nothing is delivered that is not persisted once the drain is over',
  duplicate_deliveries: 'nobody gets a message twice',
  duplicate_rows: 'nothing is stored twice',
  reordered: 'within a room every receiver sees sequence numbers rise',
  order_mismatch: 'stored order is delivered order',
  corrupted: 'content comes back as sent (checksum)',
}

function spikeOf(phases: readonly PhaseResult[], series: Result['series']): Result['spike'] {
  const of = (name: PhaseName) => phases.find((phase) => phase.name === name)
  const baseP99Us = of('base')?.delivery?.p99 ?? null
  const measured = series.s.map((s, i) => ({ s, p99: series.deliveryP99[i] ?? null }))
  const worst = measured.reduce<{ s: number; p99: number } | null>(
    (top, { s, p99 }) => (p99 !== null && (top === null || p99 > top.p99) ? { s, p99 } : top),
    null,
  )
  const peak = Math.max(0, ...series.backlog.map((value) => value ?? 0))
  const fall = of('fall')
  const recovery = of('recovery')
  return {
    baseP99Us,
    worstSecondP99Us: worst?.p99 ?? null,
    worstSecondS: worst?.s ?? null,
    overshoot: worst && baseP99Us ? worst.p99 / baseP99Us : null,
    backlogPeak: peak,
    backlogPeakS: series.backlog.indexOf(peak),
    backlogBase: 0,
    drainRate: fall ? 412 : null,
    fallEndS: fall ? fall.startS + fall.durationS : null,
    recoveryLimitUs: fall && baseP99Us ? Math.round(baseP99Us * 1.5) : null,
    recoverS: fall && baseP99Us && recovery?.delivery ? 2 : null,
    p99RecoverS: fall && baseP99Us && recovery?.delivery ? 2 : null,
    backlogRecoverS: fall && recovery ? 1 : null,
    observedS: recovery ? recovery.durationS : null,
    hysteresis: recovery?.delivery && baseP99Us ? recovery.delivery.p99 / baseP99Us : null,
  }
}

function resourcesOf(series: Result['series']): Result['resources'] {
  const names = { generator: 'load generator', gateway: 'gateway', kafka: 'Apache Kafka 4.3.1', persister: 'persister' }
  const titles = Object.entries({ ...names, mongo: 'FerretDB 2.7.0' })
  const MiB = 2 ** 20
  const memory: Readonly<Record<string, { what: string; bytes: number }[]>> = {
    kafka: [{ what: 'heap', bytes: 512 * MiB }],
    mongo: [
      { what: 'shared buffers', bytes: 256 * MiB },
      { what: 'WAL buffers', bytes: 16 * MiB },
    ],
  }
  const parts = [0.22, 0.27, 0.27, 0.08, 0.1]
  const components = titles.map(([name, title], index) => {
    const offered = series.offered.map((value) => (value ?? 0) / 5000)
    const cpuCores = offered.map((load, s) =>
      Number(((0.02 + load * (parts[index] ?? 0)) * (0.9 + 0.2 * noise(s, index))).toFixed(3)),
    )
    const cpuSeconds = Number(cpuCores.reduce((sum, value) => sum + value, 0).toFixed(2))
    return {
      name,
      title,
      measured: true,
      cores: '0-1',
      memory: memory[name] ?? [],
      cpuCores,
      residentMiB: offered.map((load) => Math.round(90 + 300 * index * 0.4 + 60 * load)),
      readMBps: offered.map(() => 0),
      writtenMBps: offered.map((load) => Number((index > 1 ? 3.1 * load : 0.01).toFixed(2))),
      cpuSeconds,
      cpuMsPerThousandMessages: Number((cpuSeconds * 3.1).toFixed(2)),
      peakResidentMiB: Math.round(150 + 300 * index * 0.4),
      readBytes: 0,
      writtenBytes: index > 1 ? 186_000_000 : 800_000,
      writeCalls: index === 0 ? null : 412_000 * index,
    }
  })
  const quiet = series.s.map(() => 0.01)
  return { cores: 2, components, steal: series.s.map(() => 0), foreign: quiet }
}

const built = new Map<string, Result>()

/** A whole result, a copy of its own each time; every other sample is a change of this one. */
export function buildResult(part: Partial<Sample> = {}): Result {
  const key = JSON.stringify(part)
  const result = built.get(key) ?? computeResult(part)
  built.set(key, result)
  return structuredClone(result)
}

function computeResult(part: Partial<Sample>): Result {
  const sample = { ...spike, ...part }
  const seconds = secondsOf(sample)
  const phases = phasesOf(sample, seconds)
  const series = seriesOf(sample, seconds)
  const peakRate = Math.max(...sample.segments.map((segment) => Math.max(segment.fromRate, segment.toRate)))
  const holdS = sample.segments.find((segment) => segment.name === 'hold')?.durationS ?? 0
  const fixed = setting(phases)
  return {
    ...fixed,
    run: { ...fixed.run, durationS: seconds.length },
    workload: { ...fixed.workload, roomSize: sample.roomSize, peakRate, holdS },
    phases,
    series,
    heatmap: heatmapOf(seconds),
    spectrum: spectrumOf(sample, seconds),
    ledger: ledgerOf(phases),
    spike: spikeOf(phases, series),
    resources: resourcesOf(series),
  }
}
