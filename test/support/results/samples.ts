import type { DisturbanceResult, Result, RunEvent } from '../../../reports/schema/result.ts'
import { buildResult, spikeSegments } from './build.ts'

/** Named samples: one for each verdict and for each edge that a report must survive. */

export function passResult(): Result {
  return buildResult()
}

/** p99 of hold above its bound, nothing lost. */
export function failResult(): Result {
  const result = buildResult({ slowdown: 30 })
  result.slos = result.slos.map((slo) =>
    slo.phase === 'hold'
      ? { ...slo, met: (slo.measured ?? 0) <= slo.bound, secondsMissed: 57, secondsJudged: 60, firstMissS: 23 }
      : { ...slo, met: (slo.measured ?? 0) <= slo.bound },
  )
  const missed = result.slos.filter((slo) => slo.met === false)
  const worst = missed.sort((a, b) => (b.ratio ?? 0) - (a.ratio ?? 0))[0]
  const decisiveSlo = worst ? result.slos.indexOf(worst) : null
  const reasons = [
    { code: 'SLO-MISSED', text: 'p99 delivery in hold is above its bound', pointer: `/slos/${decisiveSlo}` },
  ]
  result.verdict = { outcome: 'FAIL', exitCode: 1, reasons, decisiveSlo, highestGoodRate: 3_620 }
  return result
}

/** Three acked messages are not in the store. */
export function lossResult(): Result {
  const result = buildResult()
  const counter = result.ledger.counters.find(({ name }) => name === 'lost_after_ack')
  const slo = result.slos.find(({ metric }) => metric === 'ledger:lost_after_ack')
  if (!counter || !slo) throw new Error('the sample has no such counter')
  counter.count = 3
  counter.examples = [
    { generator: 0, room: 7, k: 1_234 },
    { generator: 0, room: 9, k: 5_678 },
    { generator: 0, room: 9, k: 5_679 },
  ]
  Object.assign(slo, { measured: 3, met: false })
  const reasons = [{ code: 'LOST', text: '3 acked messages are not in the store', pointer: '/ledger/counters/0/count' }]
  result.verdict = {
    outcome: 'FAIL',
    exitCode: 1,
    reasons,
    decisiveSlo: result.slos.indexOf(slo),
    highestGoodRate: 5_000,
  }
  return result
}

/** The generator was late between 40 and 52 s. */
export function invalidResult(): Result {
  const result = failResult()
  const rule = result.validity[0]
  if (!rule) throw new Error('the sample has no rules')
  Object.assign(rule, { figure: 61_000, ok: false, fromS: 40, toS: 52 })
  result.verdict = {
    ...result.verdict,
    outcome: 'INVALID',
    exitCode: 3,
    reasons: [{ code: 'LATE', text: 'the generator was late', pointer: '/validity/0/figure' }],
  }
  return result
}

/** Stopped in the middle of hold, never audited. */
export function incompleteResult(): Result {
  const result = buildResult({
    segments: spikeSegments
      .slice(0, 4)
      .map((segment) => (segment.name === 'hold' ? { ...segment, durationS: 20 } : segment)),
  })
  result.run.interruptedAtS = 41
  result.run.interruptedPhase = 'hold'
  result.ledger.audit = { ...result.ledger.audit, complete: false, problem: 'the run was interrupted before its audit' }
  result.ledger.counters = result.ledger.counters.map((counter) => ({ ...counter, count: null }))
  result.slos = result.slos.map((slo) =>
    slo.metric.startsWith('ledger:') ? { ...slo, measured: null, met: null } : slo,
  )
  result.verdict = { outcome: 'INCOMPLETE', exitCode: 130, reasons: [], decisiveSlo: null, highestGoodRate: null }
  return result
}

export function emptyPhaseResult(): Result {
  return buildResult({ silent: ['recovery'] })
}

export function noAcksResult(): Result {
  const result = buildResult({ silent: ['warm-up', 'base', 'rise', 'hold', 'fall', 'recovery'] })
  result.verdict = { outcome: 'FAIL', exitCode: 1, reasons: [], decisiveSlo: null, highestGoodRate: null }
  result.slos = result.slos.map((slo) => (slo.unit === 'us' ? { ...slo, measured: null, met: false } : slo))
  return result
}

export function oneSecondResult(): Result {
  return buildResult({ segments: [{ name: 'hold', durationS: 1, fromRate: 10, toRate: 10 }], drainS: 0 })
}

const events: RunEvent[] = [
  {
    id: 'F1',
    tS: 40,
    untilS: 46,
    phase: 'hold',
    kind: 'fault',
    what: 'kill -9 persister',
    effect: 'backlog grew',
    planned: true,
  },
  {
    id: 'R1',
    tS: 46,
    untilS: null,
    phase: 'hold',
    kind: 'restart',
    what: 'persister',
    effect: 'backlog drained',
    planned: true,
  },
  {
    id: 'B1',
    tS: 43,
    untilS: 47,
    phase: 'hold',
    kind: 'back-pressure',
    what: 'gateway',
    effect: 'senders waited',
    planned: false,
  },
]

const quantiles = {
  n: 870,
  messages: 870,
  p50: 2_411,
  p90: 5_203,
  p99: 18_430,
  p999: 41_002,
  max: 44_031,
  thin: ['p99', 'p999'],
}

const storage: Result['storage'] = {
  bytesEmpty: 41_000_000,
  bytesBefore: 112_000_000,
  bytesAfter: 391_000_000,
  bytesCompacted: 352_000_000,
  journalBytes: 536_870_912,
  messages: 342_300,
  history: 100_000,
  bytesPerMessage: 815.07,
  compactedBytesPerMessage: 703.14,
  bodyBytes: 68_460_000,
  writtenBytes: 912_000_000,
  writeAmplification: 13.32,
}

const reads: Result['reads'] = {
  perSecond: 25,
  pageRows: 50,
  kinds: [
    { kind: 'firstPage', intended: 875, errors: [{ code: 'TIMEOUT', count: 5 }], latency: quantiles },
    { kind: 'deepPage', intended: 875, errors: [], latency: { ...quantiles, p50: 1_999 } },
    {
      kind: 'roomList',
      intended: 875,
      errors: [
        { code: 'HTTP-500', count: 870 },
        { code: 'TIMEOUT', count: 5 },
      ],
      latency: null,
    },
  ],
  lateness: { ...quantiles, n: 2_625, messages: 2_625, p99: 1_830 },
}

const sockets: DisturbanceResult['sockets'] = {
  cut: 366,
  codes: [
    { code: 1006, count: 333 },
    { code: 1012, count: 33 },
  ],
  notResumed: 1,
  silent: { n: 120, p50: 7_702_000, p95: 7_880_000, max: 7_913_500 },
  connected: { n: 366, p50: 2_604_110, p95: 4_790_220, max: 5_030_001 },
  resumed: { n: 365, p50: 2_811_090, p95: 4_998_730, max: 5_402_112 },
}

/** Two steps: sockets cut and a backlog, then one that cut none, after which the backlog never came back. */
const disturbance: DisturbanceResult = {
  sockets,
  steps: [
    {
      event: 'F1',
      what: 'kill -9 persister',
      fromS: 40.002,
      untilS: 46,
      sockets,
      lowestGoodShare: 0.4137,
      lowestGoodS: 41,
      dipS: 6,
      silentS: 2,
      backlogLimit: 2_541,
      backlogPeak: 31_002,
      backlogPeakS: 46,
      drainedAfterS: 9.998,
    },
    {
      event: 'F2',
      what: 'gateways scaled to 2',
      fromS: 70,
      untilS: null,
      sockets: { cut: 0, codes: [], notResumed: 0, silent: null, connected: null, resumed: null },
      lowestGoodShare: null,
      lowestGoodS: null,
      dipS: 0,
      silentS: 0,
      backlogLimit: null,
      backlogPeak: null,
      backlogPeakS: null,
      drainedAfterS: null,
    },
  ],
}

/** A planned fault, a restart and back-pressure; a label that tries to break out, and one in Korean. */
export function eventfulResult(): Result {
  const result = buildResult()
  result.events = events
  result.workload.history = 100_000
  result.reads = reads
  result.storage = storage
  result.disturbance = disturbance
  result.ledger.audit.historyRows = 100_000
  result.run.label = '</script><img src=x onerror=alert(1)> & "채팅 부하 시험"'
  result.series.deliveryP99[44] = null
  result.series.deliveryMax[44] = null
  result.series.deliveryP50[44] = null
  return result
}

export const samples = {
  pass: passResult,
  fail: failResult,
  loss: lossResult,
  invalid: invalidResult,
  incomplete: incompleteResult,
  'empty phase': emptyPhaseResult,
  'no acks': noAcksResult,
  'one second': oneSecondResult,
  eventful: eventfulResult,
} as const
