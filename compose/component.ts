/**
 * What a runtime gives the lab: components that are found or provisioned, started, probed, measured and stopped.
 * A component is one file in `compose/components/`; the native runtime is `compose/native/`.
 */

/** What answered on the wire, as it says of itself. */
export interface EngineIdentity {
  readonly product: string
  readonly version: string
  readonly compatibleWith?: string
  readonly details?: string
}

/** A component that answers. */
export interface RunningComponent {
  readonly name: string
  /** Where clients reach it; may hold generated credentials, so it never goes into a report: use `publicUrl`. */
  readonly url: string
  readonly publicUrl: string
  readonly identity: EngineIdentity
  /** `given`: from the environment, neither started nor stopped nor killed by us, not measured. */
  readonly origin: 'given' | 'path' | 'provisioned' | 'container'
  /** What a container was made of; absent where it is none. */
  readonly image?: ContainerImage
  /** Why it is no container although one would have been taken. */
  readonly notContained?: string
  readonly processes: readonly RunningProcess[]
  /** What its starter lets it take of memory; absent where the engine's own defaults hold, or it is not ours. */
  readonly memory?: readonly MemoryLimit[]
  /** Writes what the engine holds in memory to its files; absent where that is not to be had. */
  readonly settle?: () => Promise<void>
  /** The engine's own compaction of one of its databases; absent where it is asked for over the wire, or not to be had. */
  readonly compact?: (database: string) => Promise<void>
  /** Where a container keeps its data; absent where it is none. */
  readonly volume?: DataVolume
  /** Where the engine's own figures can be had; absent where they cannot, and on engines that are not ours. */
  readonly figures?: EngineFigures
}

/** What an engine keeps in a volume of a Docker daemon. */
export interface DataVolume {
  /** Has the engine write what it holds in memory; absent where its image has no command for that. */
  readonly settle?: () => Promise<void>
  /** The engine's own compaction of a database; absent where it is asked for over the wire, or not to be had. */
  readonly compact?: (database: string) => Promise<void>
  /**
   * Lengths of files, as the daemon counts them, those of the engine's write-ahead log apart: `journal` is asked with
   * paths in the volume. Rejects with the reason.
   */
  usage(journal: RegExp): Promise<{ readonly bytes: number; readonly journalBytes: number }>
}

/** Engines that an exporter beside them asks. */
export type AskedEngine = 'mysql' | 'postgres' | 'redis'
/** Engines that expose their figures themselves, by an agent in their JVM. */
export type JvmEngine = 'kafka' | 'cassandra'

/** How Prometheus comes to the figures of an engine of ours. */
export type EngineFigures =
  /** Where its exporter asks; with the credentials of the run. */
  | { readonly engine: AskedEngine; readonly url: string }
  /** `host:port` of its own page. */
  | { readonly engine: JvmEngine; readonly page: string }
  /** Why there is no page although one was wanted. */
  | { readonly engine: JvmEngine; readonly missing: string }

export interface ContainerImage {
  /** `repository:tag`, with digest where one is pinned. */
  readonly reference: string
  /** `sha256:...` of the image's configuration. */
  readonly id: string
  /** Version of the Docker Engine that runs it. */
  readonly dockerVersion: string
}

/** A setting that bounds one use of memory, as it was given to the engine. */
export interface MemoryLimit {
  /** The engine's word for it: `heap`, `buffer pool`. */
  readonly what: string
  readonly bytes: number
}

/** A process the runtime started and answers for. */
export interface RunningProcess {
  readonly name: string
  /** Of a container: its first process, as the daemon's machine counts. */
  readonly pid: number
  readonly logFile: string
  /** Resolves when it ended, whoever ended it. */
  readonly exited: Promise<ProcessExit>
  /** SIGTERM, then SIGKILL after `graceMs`. Resolves when it and its children are gone. */
  stop(graceMs?: number): Promise<void>
  /** SIGKILL at once, for planned faults. */
  kill(): void
  /** Holds it in its tracks until `resume`; absent where signals to `pid` do that. */
  pause?(): Promise<void>
  resume?(): Promise<void>
  /** Last lines of its log, secrets removed. */
  lastLogLines(count: number): Promise<string[]>
}

export interface ProcessExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Whether the runtime itself asked for it (stop or kill). */
  readonly asked: boolean
}

/** CPU, memory and I/O of one second, summed over a component's processes and their children (from /proc). */
export interface ResourceSample {
  readonly atMs: number
  /** CPU seconds since the process started. */
  readonly cpuSeconds: number
  readonly residentBytes: number
  /** Bytes that went to or came from the block layer (`read_bytes`, `write_bytes`); null where the kernel does not say. */
  readonly readBytes: number | null
  readonly writtenBytes: number | null
  /** Calls of the write family (`syscw`); null where the kernel does not say. */
  readonly writeCalls: number | null
}

/** The machine as a whole at one instant (from /proc/stat), in CPU seconds since boot. */
export interface MachineSample {
  readonly atMs: number
  readonly busySeconds: number
  readonly stealSeconds: number
}

/** What a component could do here, for `doctor` and before a start. */
export interface Availability {
  readonly name: string
  readonly state: 'given' | 'found' | 'cached' | 'to-provision' | 'missing'
  /** Where it was found, or what would be fetched, or why it is missing and what to install. */
  readonly detail: string
  readonly downloadBytes?: number
  readonly diskBytes?: number
  readonly buildSeconds?: number
}

export interface Progress {
  readonly component: string
  readonly step: string
  readonly doneBytes?: number
  readonly totalBytes?: number
  readonly secondsLeft?: number
}

export type EnvironmentErrorCode =
  | 'ENV-MISSING'
  | 'ENV-PROVISION'
  | 'ENV-START'
  | 'ENV-UNREACHABLE'
  | 'ENV-DISK'
  | 'ENV-PORT'
  | 'ENV-DIED'

/** A component could not be provided or did not become ready: exit code 4. */
export class EnvironmentError extends Error {
  readonly code: EnvironmentErrorCode
  readonly component: string
  /** What the user can do about it. */
  readonly remedy: string
  readonly logLines: readonly string[]
  constructor(
    code: EnvironmentErrorCode,
    component: string,
    message: string,
    remedy: string,
    logLines: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'EnvironmentError'
    this.code = code
    this.component = component
    this.remedy = remedy
    this.logLines = logLines
  }
}

export interface SpawnOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd?: string
  /** Resolves when the process is ready; rejects when it cannot become so. Told when the process ends before. */
  readonly ready?: (process: RunningProcess, signal: AbortSignal) => Promise<void>
  readonly readyTimeoutMs?: number
  /** Strings to be removed from log lines that leave the machine's log files. */
  readonly secrets?: readonly string[]
}

/** One run's components and processes. Closing it ends everything it started, last started first. */
export interface Session {
  /**
   * Folder of data and logs of this session; `dataDir` is deleted at close, `logDir` kept. A component that was
   * started here keeps its data in the folder of its name below `dataDir`.
   */
  readonly dataDir: string
  readonly logDir: string
  start(component: ComponentName): Promise<RunningComponent>
  spawn(options: SpawnOptions): Promise<RunningProcess>
  /** Path of the k6 binary with our extension, built on first use. */
  k6(): Promise<string>
  /** Prometheus and promtool, unpacked on first use. */
  prometheus(): Promise<PrometheusPrograms>
  /** Path of the engine's exporter, unpacked on first use. */
  exporter(engine: AskedEngine): Promise<string>
  /** Restarts a component that was killed, on the same port and data. */
  restart(name: ComponentName): Promise<RunningComponent>
  /** Samples now, by name of process group: each component and each spawned process. */
  sample(): { readonly machine: MachineSample; readonly processes: ReadonlyMap<string, ResourceSample> }
  /**
   * By process group: the core lists (`0,2-3`) that the kernel said its processes may use, from their readiness until
   * now, children and restarts included. More than one: they were not alike, or changed. Empty where nobody can say.
   */
  cores(): ReadonlyMap<string, readonly string[]>
  close(): Promise<void>
}

/** Programs that watch a run; not part of the system under test. */
export interface PrometheusPrograms {
  readonly prometheus: string
  readonly promtool: string
  readonly version: string
  readonly origin: 'path' | 'provisioned'
}

export type ComponentName = 'kafka' | 'mongo' | 'mysql' | 'postgres' | 'cassandra' | 'redis'

/** Which components are to run in containers. */
export interface ContainerChoice {
  /** `wanted`: or the start rejects. `possible`: where a daemon has the image or can have it, else natively. */
  readonly when: 'wanted' | 'possible'
  /** Null: all of them. */
  readonly only: readonly ComponentName[] | null
  readonly images: 'official' | 'local' | 'auto'
}

export interface SessionOptions {
  /** Parent of `dataDir` and `logDir`. */
  readonly runDir: string
  readonly onProgress: (progress: Progress) => void
  /** Aborting it makes every pending start reject; `close` must still be called. */
  readonly signal: AbortSignal
  readonly env: Readonly<Record<string, string | undefined>>
  /**
   * The cores, as `0,2-3`, that a process group is kept to from its start, after a restart too. Absent: every process
   * runs where the lab may.
   */
  readonly coresOf?: ((group: string) => string) | undefined
  /** Native engines that can are to expose their own figures from their start. Absent: none does. */
  readonly withFigures?: boolean | undefined
  /** Absent: every component that is not given is a native process. */
  readonly containers?: ContainerChoice | undefined
}
