import type { Evidence } from '../../lab/judge/judge.ts'
import { endOf, phaseSpans } from '../../lab/judge/phases.ts'
import { cleanLedger, type Slo } from '../../lab/judge/slos.ts'
import { distribution } from '../../lab/measure/distribution.ts'
import type { GeneratorSums } from '../../lab/measure/generator.ts'
import { Intervals } from '../../lab/measure/intervals.ts'
import type { Sample } from '../../lab/measure/samples.ts'
import { ledgerCounters } from '../../reports/schema/result.ts'
import type { Segment } from '../../scenarios/profiles.ts'

/** Warm-up 2 s, base 10 s, hold 10 s at ten times the rate, recovery 10 s. */
export const shortSpike: readonly Segment[] = [
  { phase: 'warm-up', durationMs: 2_000, fromRate: 100, toRate: 100 },
  { phase: 'base', durationMs: 10_000, fromRate: 100, toRate: 100 },
  { phase: 'hold', durationMs: 10_000, fromRate: 1_000, toRate: 1_000 },
  { phase: 'recovery', durationMs: 10_000, fromRate: 100, toRate: 100 },
]

export const p99Within = (ms: number): Slo => ({
  id: `p99=${ms}ms`,
  metric: 'delivery',
  phase: 'measured',
  quantile: 0.99,
  bound: ms * 1_000,
  unit: 'us',
})

export interface History {
  readonly profile?: readonly Segment[]
  readonly slos?: readonly Slo[]
  /** Delivery latency of every message due in that second, in ms; null = nothing arrived. */
  readonly deliveryMs?: (second: number) => number | null
  readonly latenessMs?: (second: number) => number
  readonly refusedShare?: number
  readonly sentShare?: number
  readonly indeterminateShare?: number
  readonly counters?: Partial<Record<(typeof ledgerCounters)[number], number | null>>
  readonly auditProblem?: string
  readonly overflow?: number
  readonly unplanned?: Evidence['unplanned']
  readonly endReason?: string
  /** CPU cores that programs outside of the run keep busy. */
  readonly foreignCores?: number
  readonly backlog?: (second: number) => number | null
  readonly noisyOk?: boolean
  readonly interrupted?: Evidence['interrupted']
}

const receivers = 5
const cores = 2

/** A run as it would have been: quiet, punctual and clean unless the history says otherwise. */
export function evidenceOf(history: History): Evidence {
  const profile = history.profile ?? shortSpike
  const spans = phaseSpans(profile)
  const latency = new Intervals()
  const phases: GeneratorSums['phases'] = []
  for (const span of spans) {
    const rate = (span.fromRate + span.toRate) / 2
    const sums = { intended: 0, sent: 0, acked: 0, delivered: 0, refused: 0, indeterminate: 0 }
    for (let second = span.startS; second < endOf(span); second++) {
      const sent = Math.round(rate * (history.sentShare ?? 1))
      const refused = Math.round(sent * (history.refusedShare ?? 0))
      const indeterminate = Math.round(sent * (history.indeterminateShare ?? 0))
      const acked = sent - refused - indeterminate
      const deliveryMs = history.deliveryMs === undefined ? 20 : history.deliveryMs(second)
      const arrived = deliveryMs === null ? 0 : acked
      const record = (kind: Parameters<Intervals['add']>[0], ms: number, count: number) => {
        if (count > 0) latency.add(kind, second, distribution([[Math.round(ms * 1_000), count]]))
      }
      record('lateness', history.latenessMs?.(second) ?? 0.2, sent)
      record('delivery', deliveryMs ?? 0, arrived * receivers)
      record('deliveryService', deliveryMs ?? 0, arrived * receivers)
      record('ack', (deliveryMs ?? 0) / 2, arrived)
      record('ackService', (deliveryMs ?? 0) / 2, arrived)
      sums.intended += rate
      sums.sent += sent
      sums.acked += acked
      sums.delivered += arrived * receivers
      sums.refused += refused
      sums.indeterminate += indeterminate
    }
    phases.push({
      ...sums,
      phase: span.name,
      refused: sums.refused === 0 ? {} : { 'MSG-413': sums.refused },
      goodput: sums.acked,
      expectedDeliveries: sums.acked * receivers,
    })
  }
  return {
    profile,
    slos: history.slos ?? [p99Within(1_000), ...cleanLedger],
    generators: [generatorSums(phases, history)],
    latency,
    timeline: [],
    samples: samples(endOf(spans.at(-1)!), history),
    ledger: {
      funnel: [],
      counters: ledgerCounters.map((name) => ({
        name,
        invariant: '',
        count: history.counters?.[name] === undefined ? 0 : history.counters[name],
        examples: [],
      })),
      indeterminate: { count: 0, stored: 0, notStored: 0 },
      audit: {
        complete: history.auditProblem === undefined,
        reader: 'history',
        rowsRead: 0,
        foreignRows: 0,
        historyRows: 0,
        durationMs: 0,
        problem: history.auditProblem ?? null,
      },
    },
    deliveredMessages: phases.map((phase) => phase.delivered / receivers),
    components: [{ name: 'chat', title: 'chat', measured: true }],
    cores,
    coresSeen: new Map(),
    unplanned: history.unplanned ?? [],
    generatorEnd: { endReason: history.endReason ?? 'drained', exitProblem: null },
    noisyOk: history.noisyOk ?? false,
    interrupted: history.interrupted ?? null,
    steps: [],
  }
}

function generatorSums(phases: GeneratorSums['phases'], history: History): GeneratorSums {
  const none = { count: 0, examples: [] }
  return {
    schema: 'lab.generator/1',
    generator: 0,
    startUnixMs: 0,
    endReason: history.endReason ?? 'drained',
    phases,
    seconds: { s: [], intended: [], sentByDue: [], ackedByDue: [], goodput: [] },
    counters: { duplicate_deliveries: none, reordered: none, corrupted: none },
    overflow: { delivery: history.overflow ?? 0 },
    unknownFrames: 0,
    foreignMessages: 0,
    gaps: 0,
    resumed: 0,
    reconnects: 0,
    disconnects: 0,
    closeCodes: {},
    cuts: { atUs: [], code: [], silentUs: [], connectedAfterUs: [], resumedAfterUs: [] },
    connectFailures: 0,
    errorFrames: 0,
  }
}

/** The chat uses one core; the machine has two. */
function samples(seconds: number, history: History): Sample[] {
  return Array.from({ length: seconds + 1 }, (_, atS) => ({
    atS,
    machine: { atMs: atS * 1_000, busySeconds: atS * (1 + (history.foreignCores ?? 0)), stealSeconds: 0 },
    processes: new Map([
      [
        'chat',
        {
          atMs: atS * 1_000,
          cpuSeconds: atS,
          residentBytes: 1e8,
          readBytes: null,
          writtenBytes: atS * 1e6,
          writeCalls: atS * 40,
        },
      ],
    ]),
    backlog: history.backlog === undefined ? 0 : history.backlog(atS - 1),
    eventLoopP99Us: 12_000,
  }))
}
