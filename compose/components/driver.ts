/** What the session gives a component, and what a component gives back: the inner side of `component.ts`. */
import type { Availability, ComponentName, RunningComponent, RunningProcess } from '../component.ts'
import type { StageSpawnOptions } from '../native/spawn.ts'
import type { ProvisionContext } from '../provision/context.ts'

export interface ComponentContext extends ProvisionContext {
  /** A folder of this component's own below the session's `dataDir`; the same one again after a restart. */
  readonly dataDir: string
  /** A folder with a short path that goes with the session, for unix sockets (a path of at most 107 bytes). */
  shortFolder(): Promise<string>
  spawn(options: StageSpawnOptions): Promise<RunningProcess>
  /** Keeps a generated secret out of every log line that leaves the machine's log files. */
  hide(secret: string): void
  /** Whether engines are to expose their own figures. */
  readonly withFigures: boolean
}

/** A started component and the way to start what ended of it again, on the same ports and data. */
export interface Launched {
  readonly component: RunningComponent
  again(): Promise<Launched>
}

export interface Driver {
  readonly name: ComponentName
  /** Variables of the environment, each of which names one that runs already. */
  readonly givenBy: readonly string[]
  /** What would be used here, without starting or fetching anything. */
  availability(context: ProvisionContext): Promise<Availability>
  start(context: ComponentContext): Promise<Launched>
}
