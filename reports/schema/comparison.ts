import { type Static, type TSchema, Type } from '@sinclair/typebox'
import { outcomes, phaseNames } from './result.ts'

/**
 * `comparison.json`: everything a comparison report may say. The unit of analysis is the run. Ratios are
 * `arm / baseline`, never inverted; latencies are microseconds; null = no figure, with the reason beside it.
 */

const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Count = Type.Integer({ minimum: 0 })
const Figure = Nullable(Type.Number({ minimum: 0 }))
const closed = { additionalProperties: false }
const words = <const T extends readonly string[]>(list: T) =>
  Type.Union(list.map((word) => Type.Literal(word as T[number])))

export const metricGroups = ['latency', 'goodput', 'spike', 'cost', 'reads'] as const
const Metric = Type.Object(
  {
    /** `delivery/p99/hold`, `cpu.total`, `cpu.mongo`. */
    id: Type.String(),
    title: Type.String(),
    /** `share` is 0..1 and printed in per cent, `ratio` a factor, `count` of messages. */
    unit: words([
      'us',
      'ratio',
      'share',
      'count',
      'perSecond',
      's',
      'msPerThousand',
      'MiB',
      'bytesPerMessage',
      'callsPerMessage',
      'money',
    ]),
    better: words(['lower', 'higher']),
    /** Declared before the runs. */
    primary: Type.Boolean(),
    group: words(metricGroups),
    /** Figures of the cost group count only among arms that met the SLO. */
    component: Nullable(Type.String()),
  },
  closed,
)

const Engine = Type.Object(
  {
    role: Type.String(),
    product: Type.String(),
    version: Type.String(),
    origin: Type.String(),
    durability: Type.String(),
  },
  closed,
)

const Arm = Type.Object(
  {
    name: Type.String(),
    /** `mysql@1, MySQL 9.7.4`; null when no run of it got so far. */
    title: Nullable(Type.String()),
    /** The arm's value of the factor: `mysql`. Two arms of one value are the A/A pair. */
    value: Type.String(),
    /** The second of the A/A pair: it decides nothing but the floor. */
    floorOnly: Type.Boolean(),
    engines: Type.Array(Engine),
    compatibleFlags: Type.Array(Type.String()),
    /** Every run that counts met every SLO: only then its cost is compared. */
    metSlos: Type.Boolean(),
    /** The SLO that was missed, in words; null when all were met. */
    missed: Nullable(Type.String()),
    runsPlanned: Count,
    runsUsed: Count,
    /** Why the arm ended early or has too few runs; null when it is whole. */
    problem: Nullable(Type.String()),
    /** Cores, CPU quota and memory that each component was allowed, in words. */
    limits: Type.Array(Type.Object({ component: Type.String(), limit: Type.String() }, closed)),
    /** Id of the real run drawn thick in the pictures: the middle one by `medianRunMetric`; null without a run. */
    medianRun: Nullable(Type.String()),
  },
  closed,
)

const Curve = Type.Array(Figure)
const Run = Type.Object(
  {
    id: Type.String(),
    arm: Type.String(),
    /** Place in the series, from 1. */
    order: Count,
    startedAt: Nullable(Type.String()),
    outcome: Nullable(words(outcomes)),
    /** Path of its report, relative to the comparison. */
    report: Nullable(Type.String()),
    sha256: Nullable(Type.String()),
    /** Why it does not count; null when it does. */
    excluded: Nullable(Type.String()),
    /** By metric id. */
    values: Type.Record(Type.String(), Figure),
    /** Second by second. */
    time: Nullable(Type.Object({ s: Type.Array(Count), deliveryP99: Curve, backlog: Curve }, closed)),
    /** Points `[quantile, us]`; from index `solid` on fewer than 10 messages lie beyond. */
    spectrum: Type.Array(
      Type.Object(
        { phase: words(phaseNames), points: Type.Array(Type.Tuple([Type.Number(), Type.Number()])), solid: Count },
        closed,
      ),
    ),
  },
  closed,
)

export const decisions = ['better', 'worse', 'equivalent', 'cannot tell', 'not decided'] as const
const Effect = Type.Object(
  {
    metric: Type.String(),
    arm: Type.String(),
    baseline: Type.String(),
    n: Type.Tuple([Count, Count]),
    medians: Type.Tuple([Figure, Figure]),
    /** arm / baseline, with its 95 % bootstrap interval. */
    ratio: Figure,
    low: Figure,
    high: Figure,
    p: Figure,
    /** Holm-corrected over the pairs within this metric. */
    holmP: Figure,
    smallestP: Figure,
    decision: words(decisions),
    /** About how many runs a side would tell; null when nobody can say or nothing is left to tell. */
    runsToTell: Nullable(Count),
    /** One of report.md's sentences, whole. */
    sentence: Type.String(),
  },
  closed,
)

const Floor = Type.Object(
  {
    metric: Type.String(),
    ratio: Type.Number({ minimum: 0 }),
    low: Type.Number({ minimum: 0 }),
    high: Type.Number({ minimum: 0 }),
    n: Type.Tuple([Count, Count]),
  },
  closed,
)

/** One arm's figure of one metric over the runs that count. */
const Summary = Type.Object(
  {
    metric: Type.String(),
    arm: Type.String(),
    n: Count,
    median: Type.Number({ minimum: 0 }),
    /** 95 % bootstrap interval of the median; null where too few runs give none. */
    low: Figure,
    high: Figure,
  },
  closed,
)

const Slo = Type.Object(
  {
    /** `p99 delivery in hold <= 250 ms`. */
    text: Type.String(),
    /** What the pictures of delivery latency draw: a phase or `measured`; null for any other kind of level. */
    delivery: Nullable(Type.Object({ phase: Type.String(), quantile: Type.Number(), boundUs: Type.Number() }, closed)),
  },
  closed,
)

const Difference = Type.Object(
  {
    name: Type.String(),
    kind: words(['factor', 'follows', 'other']),
    /** One value an arm, in the order of `arms`. */
    values: Type.Array(Type.String()),
  },
  closed,
)

const Phase = Type.Object(
  { name: words(phaseNames), startS: Count, durationS: Count, measured: Type.Boolean() },
  closed,
)

export const ComparisonSchema = Type.Object(
  {
    schema: Type.Literal('lab.comparison/1'),
    id: Type.String(),
    startedAt: Type.String(),
    labVersion: Type.String(),
    commit: Nullable(Type.String()),
    command: Type.String(),
    factor: Type.String(),
    seed: Type.Integer(),
    /** The smallest ratio that anybody would act on, such as 1.1: equal means between 1 / delta and delta. */
    delta: Type.Number({ exclusiveMinimum: 1 }),
    resamples: Count,
    /** Said first when the series is not whole: what is missing and how to go on; null when it is. */
    partial: Nullable(Type.String()),
    workload: Type.Object(
      {
        scenario: Type.String(),
        peakRate: Type.Number(),
        holdS: Type.Number(),
        users: Count,
        roomSize: Count,
        bodyBytes: Count,
        history: Count,
        slos: Type.Array(Slo),
      },
      closed,
    ),
    environment: Type.Object(
      { cpuModel: Type.String(), cores: Count, memoryMiB: Count, kernel: Type.String() },
      closed,
    ),
    phases: Type.Array(Phase),
    metrics: Type.Array(Metric),
    /** In the order given; the first is the baseline that the others are measured against first. */
    arms: Type.Array(Arm, { minItems: 2 }),
    runs: Type.Array(Run),
    /** Metric by which each arm's `medianRun` was chosen; null when there is none. */
    medianRunMetric: Nullable(Type.String()),
    summaries: Type.Array(Summary),
    effects: Type.Array(Effect),
    floors: Type.Array(Floor),
    differences: Type.Array(Difference),
    /** One sentence a primary metric and pair, with the index of its effect; then the trade-off, with none. */
    answer: Type.Array(Type.Object({ text: Type.String(), effect: Nullable(Count) }, closed)),
    warnings: Type.Array(Type.String()),
    /** The method in a few lines. */
    method: Type.Array(Type.String()),
  },
  { ...closed, $id: 'lab.comparison/1' },
)

export type Comparison = Static<typeof ComparisonSchema>
export type ComparisonPhase = Static<typeof Phase>
export type ComparisonMetric = Static<typeof Metric>
export type ComparisonArm = Static<typeof Arm>
export type ComparisonRun = Static<typeof Run>
export type Effect = Static<typeof Effect>
export type Floor = Static<typeof Floor>
export type Summary = Static<typeof Summary>
export type Difference = Static<typeof Difference>
export type Decision = (typeof decisions)[number]
