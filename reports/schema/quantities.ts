import { type Static, type TSchema, Type } from '@sinclair/typebox'

/** What every part of a result is made of. Latencies are integer microseconds; null = no figure. */

export const Nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
export const Count = Type.Integer({ minimum: 0 })
export const Us = Type.Integer({ minimum: 0 })
export const closed = { additionalProperties: false }

export const phaseNames = ['warm-up', 'base', 'rise', 'hold', 'fall', 'recovery'] as const
export const PhaseName = Type.Union(phaseNames.map((name) => Type.Literal(name)))

/** Latency of one kind in one phase. `n` counts samples, `messages` counts messages (copies share their fate). */
export const Quantiles = Type.Object(
  { n: Count, messages: Count, p50: Us, p90: Us, p99: Us, p999: Us, max: Us, thin: Type.Array(Type.String()) },
  closed,
)

/** A column over time. */
export const Ints = Type.Array(Nullable(Type.Number()))

export type Quantiles = Static<typeof Quantiles>
