import type { Definition, ScenarioOptions } from '../../scenarios/definitions/definition.ts'
import { drill as scenario } from '../../scenarios/definitions/drill.ts'
import type { Profile } from '../../scenarios/profiles.ts'
import type { Slo } from '../../scenarios/slos.ts'
import type { EditionName } from '../../system/editions/index.ts'
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
  readonly gateways: { readonly standard: number; readonly least: number }
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

/** Why a runtime or backend cannot do a drill, each reason once; empty where it can. */
export function reasonsAgainst({ steps }: Drill, runtime: Runtime, backend: EditionName): string[] {
  return [...new Set(steps.flatMap(({ kind }) => notOffered(kind, runtime, backend) ?? []))]
}

/** Runtimes that offer it with a backend that has every part. */
export const offeredOn = (drill: Drill): Runtime[] =>
  runtimes.filter((runtime) => reasonsAgainst(drill, runtime, 'mysql').length === 0)
