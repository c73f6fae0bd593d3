import { ledgerCounters, type PhaseResult, type Result, type SloResult } from '../../../reports/schema/result.ts'

/** The parts of a sample result that no series feeds: what ran where, and what was asked of it. */

type Fixed = Omit<Result, 'phases' | 'series' | 'heatmap' | 'spectrum' | 'ledger' | 'spike' | 'resources'>

const boundUs = 1_000_000

function deliverySlo(phases: readonly PhaseResult[], name: string, index: number): SloResult {
  const delivery = phases.find((phase) => phase.name === name)?.delivery ?? null
  const durationS = phases.find((phase) => phase.name === name)?.durationS ?? 0
  return {
    id: `delivery-p99-${index}`,
    metric: 'delivery',
    phase: name,
    quantile: 0.99,
    bound: boundUs,
    unit: 'us',
    measured: delivery?.p99 ?? null,
    worstPhase: delivery ? name : null,
    ratio: delivery ? delivery.p99 / boundUs : null,
    secondsMissed: delivery ? 0 : null,
    secondsJudged: delivery ? durationS : null,
    firstMissS: null,
    met: delivery ? delivery.p99 <= boundUs : null,
    thin: delivery?.thin.includes('p99') ?? false,
  }
}

function plainSlo(id: string, metric: string, bound: number, unit: 'ratio' | 'count', measured: number): SloResult {
  const empty = { quantile: null, worstPhase: null, secondsMissed: null, secondsJudged: null, firstMissS: null }
  const ratio = bound === 0 ? null : measured / bound
  return { id, metric, phase: 'run', bound, unit, measured, ratio, met: measured <= bound, thin: false, ...empty }
}

function slosOf(phases: readonly PhaseResult[]): SloResult[] {
  const measured = phases.filter((phase) => phase.measured)
  return [
    ...measured.map((phase, index) => deliverySlo(phases, phase.name, index)),
    plainSlo('errors', 'errors', 0.001, 'ratio', 0),
    ...ledgerCounters.map((name) => plainSlo(`ledger-${name}`, `ledger:${name}`, 0, 'count', 0)),
  ]
}

type Rule = Result['validity'][number]
const rule = (part: Pick<Rule, 'rule' | 'title' | 'figure' | 'limit' | 'unit'> & Partial<Rule>): Rule => ({
  direction: 'atMost',
  ok: true,
  demoted: false,
  fromS: null,
  toS: null,
  cause: 'The machine was busy with something else.',
  action: 'Close other programs and run again.',
  ...part,
})

const validity: Rule[] = [
  rule({ rule: 'late-generator', title: 'p99 send lateness', figure: 812, limit: 50_000, unit: 'us' }),
  rule({
    rule: 'unsent',
    title: 'share of intended messages sent',
    figure: 1,
    limit: 0.999,
    unit: 'ratio',
    direction: 'atLeast',
  }),
  rule({ rule: 'overflow', title: 'samples outside the histogram', figure: 0, limit: 0, unit: 'count' }),
  rule({ rule: 'audit', title: 'unfinished audits', figure: 0, limit: 0, unit: 'count' }),
  rule({ rule: 'restart', title: 'unplanned restarts', figure: 0, limit: 0, unit: 'count' }),
  rule({ rule: 'foreign-cpu', title: 'foreign CPU use', figure: 0.012, limit: 0.1, unit: 'ratio' }),
]

export function setting(phases: readonly PhaseResult[]): Fixed {
  const slos = slosOf(phases)
  const latency = slos.flatMap((slo, index) =>
    slo.unit === 'us' && slo.ratio !== null ? [{ index, ratio: slo.ratio }] : [],
  )
  return {
    schema: 'lab.result/2',
    run: {
      id: '20261121-101500-spike-mongo',
      scenario: 'spike',
      label: '100 to 5 000 msg/s',
      startedAt: '2026-11-21T10:15:00.000Z',
      durationS: 0,
      seed: 42,
      command: 'npm run spike -- --backend=mongo --seed=42',
      commit: 'e6e00c7',
      labVersion: '0.1.0',
      folder: 'runs/20261121-101500-spike-mongo',
      interruptedAtS: null,
      interruptedPhase: null,
    },
    verdict: {
      outcome: 'PASS',
      exitCode: 0,
      reasons: [],
      decisiveSlo: latency.sort((a, b) => b.ratio - a.ratio)[0]?.index ?? null,
      highestGoodRate: 5_000,
    },
    slos,
    validity: structuredClone(validity),
    warnings: ['p99.9 of base rests on fewer than 10 messages beyond it'],
    target: target(),
    workload: {
      users: 1_000,
      rooms: 200,
      roomSize: 5,
      history: 0,
      bodyBytes: 200,
      languages: ['ko', 'en'],
      arrivals: 'uniform',
      goodputBoundUs: boundUs,
      peakRate: 5_000,
      holdS: 60,
    },
    events: [],
    reads: null,
    storage: null,
    environment: {
      cpuModel: 'Example CPU',
      cores: 2,
      allowedCores: '0-1',
      memoryMiB: 24_576,
      kernel: 'Linux 6.1.0',
      os: 'Debian GNU/Linux 12',
      versions: { k6: '2.2.0', node: '24.21.0' },
    },
    config: [
      { name: 'backend', value: 'mongo', default: 'sqlite', changed: true },
      { name: 'rateLimit', value: 'off', default: 'on', changed: true },
      { name: 'users', value: '1000', default: '1000', changed: false },
      { name: 'room-size', value: '5', default: '5', changed: false },
      { name: 'cores', value: 'not pinned', default: 'not pinned', changed: false },
    ],
  }
}

function target(): Result['target'] {
  const ferret = { product: 'FerretDB', version: '2.7.0', compatibleWith: 'MongoDB' }
  const kafka = { product: 'Apache Kafka', version: '4.3.1' }
  return {
    title: 'mongo@1, FerretDB 2.7.0',
    backend: 'mongo',
    edition: 'mongo',
    pipeline: 'log-first',
    fanout: 'kafka',
    schemaVersion: 1,
    engines: [
      { role: 'store', origin: 'provisioned', engine: ferret, durability: 'journalled' },
      { role: 'log', origin: 'provisioned', engine: kafka, durability: 'acks=all, 1 replica' },
    ],
    compatibleFlags: ['compatible with MongoDB, is FerretDB 2.7.0'],
    processes: ['gateway, api', 'persister'],
  }
}
