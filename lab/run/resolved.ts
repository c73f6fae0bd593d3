import type { ComponentName } from '../../compose/component.ts'
import type { ImageChoice } from '../../compose/images/ensure.ts'
import type { BrokerCount } from '../../compose/stack/options.ts'
import type { Result } from '../../reports/schema/result.ts'
import type { Plan } from '../../scenarios/plan.ts'
import type { Segment } from '../../scenarios/profiles.ts'
import type { CacheKind, FanoutKind } from '../../system/editions/edition.ts'
import type { EditionName } from '../../system/editions/index.ts'
import type { Slo } from '../judge/slos.ts'
import type { CoreSets } from './cores.ts'
import type { PlannedFault } from './faults.ts'
import type { Runtime } from './target.ts'

/** A run with nothing left to decide: what is executed, and what is written beside the results. Deep-frozen. */
export interface ResolvedRun {
  readonly scenario: string
  /** The file k6 loads, relative to `scenarios/`. */
  readonly entry: string
  readonly backend: EditionName
  readonly runtime: Runtime
  /** Engines that the runtime `containers` or `auto` is for; null: all. */
  readonly contained: readonly ComponentName[] | null
  /** Where images come from, of every runtime but `native`. */
  readonly images: ImageChoice
  readonly fanout: FanoutKind
  readonly cache: CacheKind
  readonly users: number
  readonly roomSize: number
  readonly bodyBytes: number
  /** Messages in the store before the load begins. */
  readonly history: number
  /** History reads a second in the measured phases; 0 = none. */
  readonly readsPerSecond: number
  /** Whether the store's disk use is measured once more after the engine's own compaction. */
  readonly compacted: boolean
  readonly languages: Plan['body']['languages']
  readonly profile: readonly Segment[]
  readonly arrivals: Plan['arrivals']
  readonly slos: readonly Slo[]
  readonly seed: number
  readonly goodputBoundUs: number
  readonly connect: Plan['connect']
  readonly heartbeatMs: number
  readonly drain: Plan['drain']
  readonly faults: readonly PlannedFault[]
  /** Null: nothing is pinned. */
  readonly cores: CoreSets | null
  readonly noisyOk: boolean
  /** Whether Prometheus watches the run and its data is kept. */
  readonly observe: boolean
  readonly gateways: number
  readonly brokers: BrokerCount
  /** Public port of the first gateway; 0 = any free one. */
  readonly port: number
  readonly knobs: Readonly<Record<string, number>>
  readonly label: string
  /** Parent of the run folder. */
  readonly outDir: string
  /** One line that repeats the run, in a folder of its own. */
  readonly command: string
  /** Every option with its default, for the report. */
  readonly config: Result['config']
}
