import { type Static, Type } from '@sinclair/typebox'
import { Count, closed, Ints, Nullable, PhaseName, Quantiles, Us } from './quantities.ts'

/** How the run went: by phase, over time, by quantile, and what its spike cost. */

export const Phase = Type.Object(
  {
    name: PhaseName,
    startS: Count,
    durationS: Count,
    fromRate: Type.Number(),
    toRate: Type.Number(),
    measured: Type.Boolean(),
    intended: Count,
    sent: Count,
    acked: Count,
    refused: Type.Array(Type.Object({ code: Type.String(), count: Count }, closed)),
    indeterminate: Count,
    delivered: Count,
    expectedDeliveries: Count,
    goodput: Count,
    delivery: Nullable(Quantiles),
    ack: Nullable(Quantiles),
    lateness: Nullable(Quantiles),
    deliveryService: Nullable(Quantiles),
    ackService: Nullable(Quantiles),
    /**
     * From when a message was due to when the persister says that the store had it, of the first message due in each
     * 10 ms. Null where no persister is: there a RECEIPT means stored, so the ack latency is an upper bound.
     */
    persistReported: Nullable(Quantiles),
  },
  closed,
)

/** In addition, where a column holds several seconds; absent where it is one. */
const Merged = {
  /** How often the width was doubled so that the page fits its budget; absent: never. */
  doublings: Type.Optional(Type.Integer({ minimum: 1 })),
  /** p99 of the slowest second in each column. */
  deliveryP99Worst: Type.Optional(Ints),
  ackP99Worst: Type.Optional(Ints),
  serviceP99Worst: Type.Optional(Ints),
  latenessP99Worst: Type.Optional(Ints),
  /** Gauges at their least, and at the end of the column's last second. */
  connectedMin: Type.Optional(Ints),
  connectedLast: Type.Optional(Ints),
  backlogMin: Type.Optional(Ints),
  backlogLast: Type.Optional(Ints),
}

/**
 * Columns of the same length over the profile and the drain after it: an entry a second up to 600 of them, above that
 * one for up to `widthS` seconds. A column ends where the next one begins, the last with `/run/durationS`; none crosses
 * an edge of a phase or a fault. Merged by addition: quantiles are of all samples in the column, counts over its
 * length. Gauges: the largest.
 */
export const Series = Type.Object(
  {
    widthS: Type.Integer({ minimum: 1 }),
    /** First second of each column. */
    s: Type.Array(Count),
    /** Messages a second asked for by the profile (mean over the column). */
    offered: Ints,
    /** By wall clock, a second. */
    sent: Ints,
    acked: Ints,
    delivered: Ints,
    refused: Ints,
    connected: Ints,
    /** Messages a second due in this column that reached every member within the bound. */
    goodput: Ints,
    /** By due time, microseconds. */
    deliveryP50: Ints,
    deliveryP99: Ints,
    deliveryMax: Ints,
    ackP50: Ints,
    ackP99: Ints,
    ackMax: Ints,
    serviceP50: Ints,
    serviceP99: Ints,
    serviceMax: Ints,
    latenessP99: Ints,
    /** Messages accepted but not yet stored, sampled at the second's end. */
    backlog: Ints,
    eventLoopP99: Ints,
    ...Merged,
  },
  closed,
)

/** Delivery latency: 8 bins a decade from 1 us; each column is `[seriesIndex, firstBin, count, count, ...]`. */
export const Heatmap = Type.Object(
  { binsPerDecade: Type.Integer(), minUs: Us, columns: Type.Array(Type.Array(Count)), samples: Count },
  closed,
)

/** Points `[quantile 0..1, us]`; from index `solid` on fewer than 10 messages lie beyond. */
export const Spectrum = Type.Object(
  { phase: PhaseName, points: Type.Array(Type.Tuple([Type.Number(), Us])), solid: Count },
  closed,
)

export const Spike = Type.Object(
  {
    baseP99Us: Nullable(Us),
    worstSecondP99Us: Nullable(Us),
    worstSecondS: Nullable(Count),
    /** worst 1-second p99 / p99 of the base phase */
    overshoot: Nullable(Type.Number()),
    backlogPeak: Nullable(Count),
    backlogPeakS: Nullable(Count),
    backlogBase: Nullable(Count),
    /** messages a second while the backlog fell from its peak */
    drainRate: Nullable(Type.Number()),
    /** end of fall, and the p99 limit (1.5 x base p99) */
    fallEndS: Nullable(Count),
    recoveryLimitUs: Nullable(Us),
    /** seconds from the end of the fall until both have recovered; null = not within `observedS` */
    recoverS: Nullable(Type.Number()),
    /** until p99 stays within its limit; null = not within `observedS` */
    p99RecoverS: Nullable(Type.Number()),
    /** until the backlog is first at its base level for a while; null = not within `observedS`, or not measured */
    backlogRecoverS: Nullable(Type.Number()),
    observedS: Nullable(Count),
    /** recovery p99 / base p99 */
    hysteresis: Nullable(Type.Number()),
  },
  closed,
)

export type PhaseResult = Static<typeof Phase>
export type SeriesColumns = Static<typeof Series>
export type Heatmap = Static<typeof Heatmap>
export type Spectrum = Static<typeof Spectrum>
export type SpikeFigures = Static<typeof Spike>
