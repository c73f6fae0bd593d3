import type { Definition, ScenarioOptions } from '../../scenarios/definitions/definition.ts'
import { drill as scenario } from '../../scenarios/definitions/drill.ts'
import type { Profile } from '../../scenarios/profiles.ts'
import type { Slo } from '../../scenarios/slos.ts'
import type { FanoutKind } from '../../system/editions/edition.ts'
import type { EditionName } from '../../system/editions/index.ts'
import { faultFacts, type PlannedFault } from '../run/faults.ts'
import type { Runtime } from '../run/target.ts'

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

/** What every drill runs on unless its options say otherwise. */
export const standard = { backend: 'mysql', runtime: 'swarm' } as const satisfies {
  backend: EditionName
  runtime: Runtime
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

/** Why only a Swarm can do it; undefined where every runtime can. */
export const needsSwarm = ({ steps }: Drill): string | undefined =>
  steps.map(({ kind }) => faultFacts[kind].needsSwarm).find((why) => why !== undefined)
