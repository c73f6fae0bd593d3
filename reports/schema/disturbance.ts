import { type Static, Type } from '@sinclair/typebox'
import { Count, closed, Nullable, Us } from './quantities.ts'

/** What happened, planned or not, and what the planned part cost. */

export const RunEvent = Type.Object(
  {
    id: Type.String(),
    tS: Type.Number(),
    untilS: Nullable(Type.Number()),
    phase: Type.String(),
    kind: Type.Union(
      ['fault', 'exit', 'restart', 'reconnect', 'cut', 'back-pressure', 'refused', 'error', 'note'].map((kind) =>
        Type.Literal(kind),
      ),
    ),
    what: Type.String(),
    effect: Type.String(),
    planned: Type.Boolean(),
  },
  closed,
)

/** Microseconds over sockets; null without any. */
const AfterCut = Nullable(Type.Object({ n: Count, p50: Us, p95: Us, max: Us }, closed))

const Sockets = Type.Object(
  {
    /** Lost after t = 0, by the client's own account. */
    cut: Count,
    /** Close codes; 1006 = broken without one. */
    codes: Type.Array(Type.Object({ code: Count, count: Count }, closed)),
    /** Whose client did not have what it missed when the run ended. */
    notResumed: Count,
    /** How long nothing had come from a server that clients took for lost. */
    silent: AfterCut,
    /** Until the client's next socket was subscribed. */
    connected: AfterCut,
    /** Until the client had all that passed meanwhile. */
    resumed: AfterCut,
  },
  closed,
)

/** What was done to the target on purpose, and what it cost. docs/drills.md has the definitions. */
export const Disturbance = Type.Object(
  {
    /** Of the whole run, whatever cut them. */
    sockets: Sockets,
    /** Faults and operations in order of time; each answers for what happened until the next one began. */
    steps: Type.Array(
      Type.Object(
        {
          /** Its event. */
          event: Type.String(),
          what: Type.String(),
          fromS: Type.Number(),
          untilS: Nullable(Type.Number()),
          sockets: Sockets,
          /** Lowest share of a second's due messages that reached every member in time; by due time. */
          lowestGoodShare: Nullable(Type.Number()),
          lowestGoodS: Nullable(Count),
          /** Seconds in which that share was below 95 %. */
          dipS: Count,
          /** Longest stretch of seconds in which messages were due and none was acked. */
          silentS: Count,
          /** What counts as drained; null: the backlog was not measured before. */
          backlogLimit: Nullable(Count),
          backlogPeak: Nullable(Count),
          backlogPeakS: Nullable(Count),
          /** From the beginning of the step until the backlog was back; 0 = it never left, null = it never came back. */
          drainedAfterS: Nullable(Type.Number()),
        },
        closed,
      ),
    ),
  },
  closed,
)

export type RunEvent = Static<typeof RunEvent>
export type DisturbanceResult = Static<typeof Disturbance>
