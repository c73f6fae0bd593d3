import { type Static, Type } from '@sinclair/typebox'
import { Count, closed, Nullable } from './quantities.ts'

/** What was decided: the verdict, the objectives and the rules behind it. */

export const outcomes = ['PASS', 'FAIL', 'INVALID', 'INCOMPLETE'] as const
export const Verdict = Type.Object(
  {
    outcome: Type.Union(outcomes.map((name) => Type.Literal(name))),
    exitCode: Type.Integer(),
    /** Reasons, gravest first. `pointer` names the figure in this document that decides. */
    reasons: Type.Array(Type.Object({ code: Type.String(), text: Type.String(), pointer: Type.String() }, closed)),
    /** Index into `slos` of the one nearest to (PASS) or furthest beyond (FAIL) its bound; null without SLOs. */
    decisiveSlo: Nullable(Type.Integer()),
    /** Highest offered rate of a whole second in which every latency SLO held; null if none. */
    highestGoodRate: Nullable(Type.Number()),
  },
  closed,
)

/**
 * `metric` is delivery, ack (latency, with quantile), errors (ratio), indeterminate (ratio), reconnect, resume, drain (of
 * `disturbance`) or ledger:<counter>.
 */
export const SloResult = Type.Object(
  {
    id: Type.String(),
    metric: Type.String(),
    /** A phase, or `measured` (every measured phase: the worst counts), or `run`. */
    phase: Type.String(),
    /** 0..1, 1 = max; null for counters and ratios. */
    quantile: Nullable(Type.Number()),
    bound: Type.Number(),
    unit: Type.Union([Type.Literal('us'), Type.Literal('ratio'), Type.Literal('count')]),
    measured: Nullable(Type.Number()),
    /** The phase the measured figure comes from. */
    worstPhase: Nullable(Type.String()),
    /** measured / bound; null when the bound is 0 or nothing was measured. */
    ratio: Nullable(Type.Number()),
    secondsMissed: Nullable(Count),
    secondsJudged: Nullable(Count),
    firstMissS: Nullable(Count),
    /** null: could not be judged (never a pass). */
    met: Nullable(Type.Boolean()),
    thin: Type.Boolean(),
  },
  closed,
)

/** One row a rule of measuring.md section 5. `margin` = limit / figure where both are positive. */
export const ValidityRule = Type.Object(
  {
    rule: Type.String(),
    title: Type.String(),
    figure: Nullable(Type.Number()),
    limit: Type.Number(),
    unit: Type.Union([Type.Literal('us'), Type.Literal('ratio'), Type.Literal('count')]),
    /** `atMost`: figure must not exceed limit; `atLeast`: must reach it. */
    direction: Type.Union([Type.Literal('atMost'), Type.Literal('atLeast')]),
    ok: Type.Boolean(),
    /** True when --noisy-ok or the like demoted a broken rule to a warning. */
    demoted: Type.Boolean(),
    fromS: Nullable(Count),
    toS: Nullable(Count),
    cause: Type.String(),
    action: Type.String(),
  },
  closed,
)

export type Verdict = Static<typeof Verdict>
export type SloResult = Static<typeof SloResult>
export type ValidityRule = Static<typeof ValidityRule>
