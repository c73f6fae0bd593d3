import type { Definition, ScenarioOptions } from '../../scenarios/definitions/definition.ts'
import { drill as scenario } from '../../scenarios/definitions/drill.ts'
import type { Profile } from '../../scenarios/profiles.ts'
import type { Slo } from '../../scenarios/slos.ts'
import type { FanoutKind } from '../../system/editions/edition.ts'
import { editions } from '../../system/editions/index.ts'
import { notOffered, type PlannedFault } from '../run/faults.ts'
import { type Runtime, runtimes } from '../run/target.ts'

/** One thing done to the chat: what, how long after the hold has begun, and how long a killed process stays away. */
export interface DrillStep extends Omit<PlannedFault, 'atMs'> {
  readonly afterMs: number
}

/** A drill as data: the load is the scenario `drill`, on which the steps are taken and the objectives judged. */
export interface Drill {
  readonly name: string
  /** What is done, in one line. */
  readonly title: string
  readonly steps: readonly DrillStep[]
  /** Where the edition's own does not fit. */
  readonly fanout?: FanoutKind
  readonly gateways: { readonly standard: number; readonly least: number }
  /** Settings of the edition that it is about. */
  readonly knobs?: Readonly<Record<string, number>>
  /** Beside those of the scenario and the ledger's counters. */
  readonly slos: readonly Slo[]
  /** Where the scenario's own times do not fit. */
  readonly times?: Partial<ScenarioOptions>
}

export const definitionOf = ({ name, title, slos, times }: Drill): Definition => ({
  ...scenario,
  name: `drill-${name}`,
  title,
  defaults: { ...scenario.defaults, ...times },
  slos: [...scenario.slos, ...slos],
})

/** The steps on the profile's axis. */
export function faultsOf({ steps }: Drill, profile: Profile): PlannedFault[] {
  const hold = profile.findIndex(({ phase }) => phase === 'hold')
  const beforeMs = profile.slice(0, Math.max(0, hold)).reduce((sum, { durationMs }) => sum + durationMs, 0)
  return steps.map(({ afterMs, ...step }) => ({ ...step, atMs: beforeMs + afterMs }))
}

/** Runtimes that offer it, with a backend that has every part. */
export const offeredOn = ({ steps, fanout }: Drill): Runtime[] =>
  runtimes.filter((runtime) =>
    steps.every(
      ({ kind }) =>
        notOffered(kind, { runtime, backend: 'mysql', fanout: fanout ?? editions.mysql.fanout, cache: 'none' }) ===
        null,
    ),
  )
