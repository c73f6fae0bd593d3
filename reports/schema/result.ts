import { type Static, Type } from '@sinclair/typebox'
import { Heatmap, Phase, Series, Spectrum, Spike } from './course.ts'
import { Disturbance, RunEvent } from './disturbance.ts'
import { SloResult, ValidityRule, Verdict } from './judgement.ts'
import { Ledger } from './ledger.ts'
import { Count, closed, Nullable, Us } from './quantities.ts'
import { Reads, Resources, Storage } from './resources.ts'

export type { Heatmap, PhaseResult, SeriesColumns, Spectrum, SpikeFigures } from './course.ts'
export type { DisturbanceResult, RunEvent } from './disturbance.ts'
export { outcomes, type SloResult, type ValidityRule, type Verdict } from './judgement.ts'
export { type LedgerResult, ledgerCounters } from './ledger.ts'
export { phaseNames, type Quantiles } from './quantities.ts'
export { type ComponentResources, type ReadsResult, readKinds, type StorageResult } from './resources.ts'

/**
 * `result.json`: everything a report may say. Times on the run's axis are whole seconds or milliseconds from the
 * profile's start as their names say; latencies are integer microseconds; null = no figure, with the reason beside it
 * where a reader would ask.
 */

const Engine = Type.Object(
  {
    product: Type.String(),
    version: Type.String(),
    compatibleWith: Type.Optional(Type.String()),
    details: Type.Optional(Type.String()),
  },
  closed,
)

const Target = Type.Object(
  {
    /** `mongo@1, FerretDB 2.7.0`: backend@schema, engine version. */
    title: Type.String(),
    backend: Type.String(),
    edition: Type.String(),
    pipeline: Type.String(),
    fanout: Type.String(),
    schemaVersion: Nullable(Type.Integer()),
    engines: Type.Array(
      Type.Object({ role: Type.String(), origin: Type.String(), engine: Engine, durability: Type.String() }, closed),
    ),
    /** One sentence an engine that only speaks another's protocol; empty otherwise. */
    compatibleFlags: Type.Array(Type.String()),
    processes: Type.Array(Type.String()),
    /** Where its processes ran: `native` on this machine, `swarm`. Absent in results of before there was a choice. */
    runtime: Type.Optional(Type.String()),
  },
  closed,
)

const ConfigRow = Type.Object(
  { name: Type.String(), value: Type.String(), default: Type.String(), changed: Type.Boolean() },
  closed,
)

export const ResultSchema = Type.Object(
  {
    schema: Type.Literal('lab.result/2'),
    run: Type.Object(
      {
        id: Type.String(),
        scenario: Type.String(),
        label: Type.String(),
        startedAt: Type.String(),
        durationS: Count,
        seed: Type.Integer(),
        command: Type.String(),
        commit: Nullable(Type.String()),
        labVersion: Type.String(),
        folder: Type.String(),
        interruptedAtS: Nullable(Count),
        interruptedPhase: Nullable(Type.String()),
      },
      closed,
    ),
    verdict: Verdict,
    slos: Type.Array(SloResult),
    validity: Type.Array(ValidityRule),
    warnings: Type.Array(Type.String()),
    target: Target,
    workload: Type.Object(
      {
        users: Count,
        rooms: Count,
        roomSize: Count,
        /** Messages in the store before the load began, over all rooms. */
        history: Count,
        bodyBytes: Count,
        languages: Type.Array(Type.String()),
        arrivals: Type.String(),
        goodputBoundUs: Us,
        peakRate: Type.Number(),
        holdS: Count,
      },
      closed,
    ),
    phases: Type.Array(Phase),
    series: Series,
    heatmap: Heatmap,
    spectrum: Type.Array(Spectrum),
    ledger: Ledger,
    spike: Spike,
    resources: Resources,
    /** Null: the store was given, the run was stopped, or the disk could not be measured (then a warning says so). */
    storage: Nullable(Storage),
    /** Null: no reads were asked for. */
    reads: Nullable(Reads),
    events: Type.Array(RunEvent),
    /** Absent in results of before it was measured. */
    disturbance: Type.Optional(Disturbance),
    environment: Type.Object(
      {
        cpuModel: Type.String(),
        cores: Count,
        /** Those that the lab could use, as `0-3`; null where the system does not tell. */
        allowedCores: Nullable(Type.String()),
        memoryMiB: Count,
        kernel: Type.String(),
        os: Type.String(),
        versions: Type.Record(Type.String(), Type.String()),
      },
      closed,
    ),
    config: Type.Array(ConfigRow),
  },
  { ...closed, $id: 'lab.result/2' },
)

export type Result = Static<typeof ResultSchema>
export type Target = Static<typeof Target>
