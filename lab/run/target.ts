import type { EngineFigures, ResourceSample, RunningProcess } from '../../compose/component.ts'
import type { ScrapeTarget } from '../../dashboards/prometheus/config.ts'
import type { Target } from '../../reports/schema/result.ts'
import type { Fleet } from '../../scenarios/plan.ts'
import type { StoreReader } from '../audit/reader.ts'
import type { MeasuredComponent } from '../judge/resources.ts'
import type { DiskUsage } from '../measure/diskUsage.ts'

/** Who takes part in a run, by index; names are made up from the index. */
export interface Crowd {
  readonly users: number
  /** Member indices of each room. */
  readonly rooms: readonly (readonly number[])[]
  /** Messages that are stored before the load begins, in all, and the bytes of each body. */
  readonly history: { readonly messages: number; readonly bodyBytes: number }
  /** How long the tokens must live. */
  readonly tokenLifetimeMs: number
}

/** A planned fault or operation. `end` may be called without `begin` having finished; both may be repeated. */
export interface FaultAction {
  /** Resolves when it has struck, or when what steers the runtime has taken the order. */
  begin(): Promise<void>
  /** Restarts what was killed, lets go of what was held, waits for what was ordered. Resolves when all serves again. */
  end(): Promise<void>
}

/** Files of a store that is ours, on this machine or in a volume of its daemon. */
export interface StoreStorage {
  /** The session's process groups that write them. */
  readonly groups: readonly string[]
  /** Has the engine write what it holds in memory, then measures. Rejects with the engine's or the disk's error. */
  measure(): Promise<DiskUsage>
  /** The engine's own compaction; absent where it has none. */
  readonly compact?: () => Promise<void>
}

/** A chat that answers. */
export interface RunningTarget {
  readonly description: Target
  /** `ws://host:port/ws`. */
  readonly gateways: readonly string[]
  /** `http://host:port`. */
  readonly api: string
  /** What the session accounts, for the resources table. */
  readonly components: readonly MeasuredComponent[]
  /** Engine versions and other facts for environment.json; no secrets. */
  readonly versions: Readonly<Record<string, string>>
  /** What its processes that the session has not started used so far, by names of `components`. */
  readonly usage?: () => ReadonlyMap<string, ResourceSample>
  /** Creates users, rooms, memberships and history. */
  seed(crowd: Crowd): Promise<Fleet>
  /** Messages accepted but not yet stored; null when nobody can say now. */
  backlog(): Promise<number | null>
  /** Largest event-loop p99 over the target's processes since the last call; null where unknown. */
  eventLoopP99Us(): Promise<number | null>
  /** Null when this target has nothing that this fault could strike. `amount`: what the kind counts. */
  fault(kind: FaultKind, amount?: number): FaultAction | null
  /** Ends what writes, gracefully, and leaves the store's engine running for the audit. */
  quiesce(): Promise<void>
  /** Reads the store past the system. Legal after `quiesce`. */
  openAudit(): Promise<StoreReader>
  /** What was reported stored since the last call, each `[sentAtMs, storedAtMs]`; absent where storing precedes the RECEIPT. */
  readonly storedMarks?: () => Promise<readonly (readonly [sentAtMs: number, storedAtMs: number])[]>
  /** Where its metrics are now, each process that has run so far; absent where nothing exposes any. */
  readonly scrapeTargets?: () => readonly ScrapeTarget[]
  /**
   * A Prometheus of the target's own that scrapes its processes, where nothing else reaches them: `http://host:port`, or why
   * there is none.
   */
  readonly scraped?: { readonly url: string } | { readonly obstacle: string }
  /** Where the figures of its own engines can be had. */
  readonly engineFigures?: readonly EngineFigures[]
  /** Absent where the store is not ours to measure; or why it cannot be. */
  readonly storage?: StoreStorage | { readonly obstacle: string }
  /** Records that the durable log holds of this run, repeats included; absent where the edition has no log. */
  readonly logged?: () => Promise<number>
  /** Removes what the run left in engines that are not ours. Everything else dies with the session. */
  close(): Promise<void>
}

/** A system under test that the lab can start. The reference system is one; a foreign chat can be another. */
export interface TargetSystem {
  readonly backend: string
  /** `watch` is told of every process as it starts, restarts too, so that the lab hears when one ends by itself. */
  start(watch: (process: RunningProcess) => void): Promise<RunningTarget>
}

/** Where engines run, and with `swarm` the system's processes too; `auto`: containers where they can be had. */
export const runtimes = ['native', 'containers', 'auto', 'swarm'] as const
export type Runtime = (typeof runtimes)[number]

/** What a run does to its own target under load: faults, and operations of the platform it runs on. */
export const faultKinds = [
  'kill-gateway',
  'kill-persister',
  'kill-kafka',
  'kill-redis',
  'store-refuses',
  'kill-edge',
  'rolling-update',
  'scale-gateways',
  'kill-node',
  'cut-node',
  'leave-node',
] as const
export type FaultKind = (typeof faultKinds)[number]
