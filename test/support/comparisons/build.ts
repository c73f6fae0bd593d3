import type {
  Comparison,
  ComparisonArm,
  ComparisonMetric,
  ComparisonRun,
  Decision,
  Effect,
} from '../../../reports/schema/comparison.ts'
import { merged, type SecondShape } from '../results/latency.ts'

/**
 * Sample comparisons for the tests of the report, built from closed forms: equal on every machine, with medians and
 * ratios that follow from the runs. They are no measurements, and intervals and p are only plausible.
 */

export interface ArmShape {
  readonly name: string
  readonly value: string
  readonly floorOnly: boolean
  readonly title: string
  readonly product: string
  readonly version: string
  /** Latency and cost against the first arm. */
  readonly slower: number
  readonly dearer: number
  readonly runs: number
}

export interface Shape {
  readonly arms: readonly ArmShape[]
  readonly withReads: boolean
}

const phases: Comparison['phases'] = [
  { name: 'warm-up', startS: 0, durationS: 2, measured: false },
  { name: 'base', startS: 2, durationS: 10, measured: true },
  { name: 'rise', startS: 12, durationS: 3, measured: true },
  { name: 'hold', startS: 15, durationS: 30, measured: true },
  { name: 'fall', startS: 45, durationS: 3, measured: true },
  { name: 'recovery', startS: 48, durationS: 10, measured: true },
]
const endS = 60

/** A steady wobble without a random source: between 0 and 1. */
const noise = (i: number, salt: number) => Math.abs((Math.sin(i * 12.9898 + salt * 78.233) * 43758.5453) % 1)
const jitter = (i: number, salt: number, spread: number) => Math.exp((noise(i, salt) - 0.5) * spread)

function rateAt(s: number): number {
  if (s < 12 || s >= 58) return s >= 58 ? 0 : 100
  if (s < 15) return 100 + ((5_000 - 100) * (s - 12 + 0.5)) / 3
  if (s < 45) return 5_000
  return s < 48 ? 5_000 - ((5_000 - 100) * (s - 45 + 0.5)) / 3 : 100
}

function shapeAt(s: number, seed: number, slower: number): SecondShape | null {
  const rate = rateAt(s)
  if (rate === 0) return null
  const load = rate / 5_000
  const medianUs = (1_400 + 14_000 * load * load) * slower * jitter(seed, 1, 0.3) * jitter(s, seed, 0.35)
  const sigma = 0.3 + 0.35 * load
  return { medianUs, sigma, samples: Math.round(rate * 5), maxUs: Math.round(medianUs * Math.exp(sigma * 3.4)) }
}

const metric = (
  id: string,
  title: string,
  unit: ComparisonMetric['unit'],
  group: ComparisonMetric['group'],
  rest: Partial<ComparisonMetric> = {},
): ComparisonMetric => ({ id, title, unit, group, better: 'lower', primary: false, component: null, ...rest })

const metrics: readonly ComparisonMetric[] = [
  metric('delivery/p99/hold', 'p99 delivery in hold', 'us', 'latency', { primary: true }),
  metric('cpu.total', 'CPU, all components', 'msPerThousand', 'cost', { primary: true }),
  metric('delivery.hold.p50', 'p50 delivery in hold', 'us', 'latency'),
  metric('persist.hold.p99', 'p99 until stored in hold', 'us', 'latency'),
  metric('goodput.hold', 'goodput in hold', 'perSecond', 'goodput', { better: 'higher' }),
  metric('goodput.share', 'delivered within the bound', 'share', 'goodput', { better: 'higher' }),
  metric('backlog.peak', 'backlog at its peak', 'count', 'spike'),
  metric('recover', 'time to recover', 's', 'spike'),
  metric('memory.store', 'memory, store', 'MiB', 'cost', { component: 'store' }),
  metric('written.store', 'bytes written, store', 'bytesPerMessage', 'cost', { component: 'store' }),
  metric('calls.store', 'write calls, store', 'callsPerMessage', 'cost', { component: 'store' }),
  metric('amplification', 'write amplification', 'ratio', 'cost', { component: 'store' }),
]
const reads: readonly ComparisonMetric[] = [
  metric('reads.first', 'first page, p99', 'us', 'reads'),
  metric('reads.deep', 'deep page, p99', 'us', 'reads'),
]

function valuesOf(arm: ArmShape, seed: number, hold: ReturnType<typeof merged>, backlog: readonly (number | null)[]) {
  const cost = arm.dearer * jitter(seed, 7, 0.08)
  return {
    'delivery/p99/hold': hold.at(0.99),
    'cpu.total': Number((231.4 * cost).toFixed(3)),
    'delivery.hold.p50': hold.at(0.5),
    'persist.hold.p99': Math.round(hold.at(0.99) * 1.7 * jitter(seed, 4, 0.2)),
    'goodput.hold': Number((5_000 - 12 * noise(seed, 5)).toFixed(2)),
    'goodput.share': Number((1 - 0.003 * noise(seed, 6)).toFixed(6)),
    'backlog.peak': Math.max(...backlog.map((value) => value ?? 0)),
    recover: Number((1 + 2 * noise(seed, 8)).toFixed(1)),
    'memory.store': Number((410 * arm.dearer ** 2 * jitter(seed, 9, 0.05)).toFixed(1)),
    'written.store': Math.round(640 * cost * jitter(seed, 10, 0.05)),
    'calls.store': Number((0.031 * cost).toFixed(4)),
    amplification: Number((2.1 * cost).toFixed(3)),
    'reads.first': Math.round(2_300 * arm.slower * jitter(seed, 11, 0.3)),
    'reads.deep': Math.round(4_900 * arm.slower * jitter(seed, 12, 0.3)),
  } as Record<string, number>
}

const quantiles = Array.from({ length: 40 }, (_, i) => Number((1 - 10 ** (-i / 8)).toFixed(6)))

function runOf(arm: ArmShape, order: number, index: number, ids: readonly string[]): ComparisonRun {
  const seed = order * 3 + arm.name.length
  const seconds = Array.from({ length: endS }, (_, s) => shapeAt(s, seed, arm.slower))
  const inPhase = (from: number, to: number) => merged(seconds.slice(from, to).filter((shape) => shape !== null))
  const backlog = seconds.map((shape, s) =>
    shape ? Math.round((rateAt(s) / 12) * arm.slower * jitter(s, seed, 0.8)) : 0,
  )
  const spectrum = phases
    .filter(({ name }) => name === 'base' || name === 'hold' || name === 'recovery')
    .map(({ name, startS, durationS }) => {
      const all = inPhase(startS, startS + durationS)
      const points = quantiles.map((quantile): [number, number] => [quantile, all.at(quantile)])
      points.push([1, all.max])
      return { phase: name, points, solid: quantiles.findIndex((q) => (1 - q) * (all.n / 5) < 10) }
    })
  const values = valuesOf(arm, seed, inPhase(15, 45), backlog)
  const time = {
    s: seconds.map((_, s) => s),
    deliveryP99: seconds.map((shape) => (shape ? merged([shape]).at(0.99) : null)),
    backlog,
  }
  const id = `${arm.name}-${index + 1}`
  return {
    id,
    arm: arm.name,
    order,
    startedAt: new Date(Date.UTC(2026, 10, 21, 10, order * 2)).toISOString(),
    outcome: 'PASS',
    report: `runs/${id}/report.html`,
    sha256: [...id]
      .map((char) => char.charCodeAt(0).toString(16))
      .join('')
      .padEnd(64, '0'),
    excluded: null,
    values: Object.fromEntries(ids.map((name) => [name, values[name] ?? null])),
    time,
    spectrum,
  }
}

export const medianOf = (values: readonly number[]): number | null => {
  const sorted = [...values].sort((a, b) => a - b)
  if (sorted.length === 0) return null
  return ((sorted[(sorted.length - 1) >> 1] as number) + (sorted[sorted.length >> 1] as number)) / 2
}

/** The smallest two-sided exact p of Mann-Whitney for n a side: 2 / C(2n, n). */
function smallestP(n: number): number {
  let ways = 1
  for (let i = 1; i <= n; i += 1) ways = (ways * (n + i)) / i
  return Math.min(1, 2 / ways)
}

function effectOf(
  comparison: Comparison,
  entry: ComparisonMetric,
  arm: ComparisonArm,
  baseline: ComparisonArm,
): Effect {
  const [a, b] = [arm, baseline].map((side) => countedValues(comparison, side.name, entry.id)) as [number[], number[]]
  const medians = [medianOf(a), medianOf(b)] as [number | null, number | null]
  const base = {
    metric: entry.id,
    arm: arm.name,
    baseline: baseline.name,
    n: [a.length, b.length] as [number, number],
    medians,
  }
  const [top, bottom] = medians
  const ratio = top !== null && bottom !== null && bottom > 0 ? top / bottom : null
  const few = Math.min(a.length, b.length) < 2
  if (ratio === null || few) {
    const sentence = `${entry.title}: one run a side: differences are listed, nothing can be decided.`
    return {
      ...base,
      ratio,
      low: null,
      high: null,
      p: null,
      holmP: null,
      smallestP: null,
      decision: 'not decided',
      runsToTell: null,
      sentence,
    }
  }
  const [low, high] = [Math.min(...a) / Math.max(...b), Math.max(...a) / Math.min(...b)]
  const apart = low > 1 || high < 1
  const within = low > 1 / comparison.delta && high < comparison.delta
  const least = smallestP(Math.min(a.length, b.length))
  const p = apart ? least : Math.min(1, least * 20)
  const good = ratio < 1 === (entry.better === 'lower')
  const decision: Decision = within ? 'equivalent' : apart ? (good ? 'better' : 'worse') : 'cannot tell'
  const range = `${low.toFixed(2)} to ${high.toFixed(2)}`
  const sentences: Record<Decision, string> = {
    better: `At 5 000 msg/s ${arm.name} has ${(1 / ratio).toFixed(2)}x less ${entry.title} than ${baseline.name} (95 % interval ${range}, ${a.length} runs a side).`,
    worse: `At 5 000 msg/s ${arm.name} has ${ratio.toFixed(2)}x more ${entry.title} than ${baseline.name} (95 % interval ${range}, ${a.length} runs a side).`,
    equivalent: `${arm.name} and ${baseline.name} do the same on ${entry.title}: ratio ${ratio.toFixed(2)}, and the whole interval ${range} lies within the agreed ${comparison.delta}x.`,
    'cannot tell': `${entry.title}: cannot tell. The interval ${range} allows both no difference and ${high.toFixed(2)}x. About 14 runs a side would tell a ${comparison.delta}x difference.`,
    'not decided': '',
  }
  return {
    ...base,
    ratio,
    low,
    high,
    p,
    holmP: Math.min(1, p * 3),
    smallestP: least,
    decision,
    runsToTell: decision === 'cannot tell' ? 14 : null,
    sentence: sentences[decision],
  }
}

const countedValues = ({ runs }: Comparison, arm: string, id: string): number[] =>
  runs.filter((run) => run.arm === arm && run.excluded === null).flatMap((run) => run.values[id] ?? [])

/** Fills what follows from the runs: counts, medians, effects, floors, the median runs and the answer. */
export function concluded(comparison: Comparison): Comparison {
  const { arms, runs, metrics: all } = comparison
  for (const arm of arms) {
    const counted = runs.filter((run) => run.arm === arm.name && run.excluded === null)
    arm.runsUsed = counted.length
    const byLatency = [...counted].sort(
      (a, b) => (a.values['delivery/p99/hold'] ?? 0) - (b.values['delivery/p99/hold'] ?? 0),
    )
    arm.medianRun = byLatency[(byLatency.length - 1) >> 1]?.id ?? null
  }
  comparison.summaries = all.flatMap((entry) =>
    arms.flatMap((arm) => {
      const values = countedValues(comparison, arm.name, entry.id)
      const median = medianOf(values)
      if (median === null) return []
      const range =
        values.length < 3 ? { low: null, high: null } : { low: Math.min(...values), high: Math.max(...values) }
      return [{ metric: entry.id, arm: arm.name, n: values.length, median, ...range }]
    }),
  )
  const rivals = arms.filter((arm) => !arm.floorOnly && arm.runsUsed > 0)
  const pairs = rivals.flatMap((baseline, index) => rivals.slice(index + 1).map((arm) => [arm, baseline] as const))
  const comparable = (entry: ComparisonMetric, arm: ComparisonArm) => entry.group !== 'cost' || arm.metSlos
  comparison.effects = all.flatMap((entry) =>
    pairs
      .filter(([arm, baseline]) => comparable(entry, arm) && comparable(entry, baseline))
      .map(([arm, baseline]) => effectOf(comparison, entry, arm, baseline)),
  )
  comparison.floors = floorsOf(comparison)
  comparison.answer = comparison.effects.flatMap(({ metric: id, sentence }, effect) =>
    all.find((entry) => entry.id === id)?.primary ? [{ text: sentence, effect }] : [],
  )
  comparison.answer.push({ text: 'Each leads on something; the numbers are below.', effect: null })
  return comparison
}

function floorsOf(comparison: Comparison): Comparison['floors'] {
  const twin = comparison.arms.find((arm) => arm.floorOnly)
  const first = comparison.arms.find((arm) => arm.value === twin?.value)
  if (!twin || !first) return []
  return comparison.metrics.flatMap((entry) => {
    const { ratio, low, high, n } = effectOf(comparison, entry, twin, first)
    return ratio === null || low === null || high === null ? [] : [{ metric: entry.id, ratio, low, high, n }]
  })
}

function armOf(arm: ArmShape): ComparisonArm {
  const compatible = arm.product !== 'MongoDB' && arm.value === 'mongo'
  return {
    name: arm.name,
    title: arm.title,
    value: arm.value,
    floorOnly: arm.floorOnly,
    engines: [
      {
        role: 'store',
        product: arm.product,
        version: arm.version,
        origin: 'provisioned by the lab',
        durability: 'fsync before the commit is acknowledged',
      },
      {
        role: 'log',
        product: 'Apache Kafka',
        version: '4.1.0',
        origin: 'provisioned by the lab',
        durability: 'acks=all, flushed by the operating system',
      },
    ],
    compatibleFlags: compatible ? [`compatible with MongoDB, is ${arm.product} ${arm.version}`] : [],
    metSlos: true,
    missed: null,
    runsPlanned: arm.runs,
    runsUsed: 0,
    problem: null,
    limits: [
      { component: 'system', limit: 'cores 0-1, 1 GiB' },
      { component: arm.value, limit: 'cores 0-1, 2 GiB' },
    ],
    medianRun: null,
  }
}

const built = new Map<string, Comparison>()

/** A new copy each time: tests change what they get. */
export function buildComparison(shape: Shape): Comparison {
  const key = JSON.stringify(shape)
  const known = built.get(key) ?? assemble(shape)
  built.set(key, known)
  return structuredClone(known)
}

function assemble({ arms, withReads }: Shape): Comparison {
  const all = [...metrics, ...(withReads ? reads : [])]
  const most = Math.max(...arms.map((arm) => arm.runs))
  // Forward and back, so that no arm always runs first.
  const rounds = Array.from({ length: most }, (_, round) => (round % 2 === 0 ? [...arms] : [...arms].reverse()))
  const turns = rounds.flatMap((round, index) => round.filter((arm) => index < arm.runs).map((arm) => ({ arm, index })))
  const ids = all.map((entry) => entry.id)
  const names = arms.filter((arm) => !arm.floorOnly).map((arm) => arm.value)
  return concluded({
    schema: 'lab.comparison/1',
    id: '2026-11-21T10-00-00Z-compare',
    startedAt: '2026-11-21T10:00:00.000Z',
    labVersion: '0.1.0',
    commit: '0123456789abcdef',
    command: `npm run compare -- --backends=${names.join(',')} --runs=${most}`,
    factor: 'backend',
    seed: 20_261_121,
    delta: 1.1,
    resamples: 10_000,
    partial: null,
    workload: {
      scenario: 'spike',
      peakRate: 5_000,
      holdS: 30,
      users: 1_000,
      roomSize: 5,
      bodyBytes: 120,
      history: 100_000,
      slos: [
        { text: 'p99 delivery in hold <= 250 ms', delivery: { phase: 'hold', quantile: 0.99, boundUs: 250_000 } },
        { text: 'no acked message lost', delivery: null },
      ],
    },
    environment: { cpuModel: 'Example CPU', cores: 2, memoryMiB: 7_936, kernel: 'Linux 6.8' },
    phases,
    metrics: all,
    arms: arms.map(armOf),
    runs: turns.map(({ arm, index }, at) => runOf(arm, at + 1, index, ids)),
    medianRunMetric: 'delivery/p99/hold',
    summaries: [],
    effects: [],
    floors: [],
    differences: [
      { name: 'backend', kind: 'factor', values: arms.map((arm) => arm.value) },
      { name: 'engine', kind: 'follows', values: arms.map((arm) => `${arm.product} ${arm.version}`) },
    ],
    answer: [],
    warnings: [],
    method: [
      'The unit is the run. Effect: ratio of medians with a percentile bootstrap interval.',
      'p: exact Mann-Whitney, two-sided, Holm-corrected over the pairs within one metric.',
    ],
  })
}
