/** The native runtime: components as loopback processes of this machine, one session a run. */
import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import {
  type AskedEngine,
  type ComponentName,
  EnvironmentError,
  type RunningComponent,
  type RunningProcess,
  type Session,
  type SessionOptions,
  type SpawnOptions,
} from '../component.ts'
import type { Launched } from '../components/driver.ts'
import { exporterProgram } from '../components/exporters.ts'
import { DRIVERS } from '../components/index.ts'
import { k6Program } from '../components/k6.ts'
import { prometheusPrograms } from '../components/prometheus.ts'
import { removeSession } from '../containers/remove.ts'
import { ContainerRuntime } from '../containers/runtime.ts'
import { openDaemon } from '../docker/daemon.ts'
import { Cache, cacheFolder } from '../provision/cache.ts'
import { CommandError } from '../provision/commands.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { diskFull, needSpace } from '../provision/disk.ts'
import { Accounting } from './accounting.ts'
import { SessionRegistry, type Swept, sweep } from './registry.ts'
import { type Stage, type StageSpawnOptions, startProcess } from './spawn.ts'

/** Log segments, write-ahead logs and result files of a default run, generously. */
const RUN_BYTES = 1e9

/** Folder of the cache that says which processes and folders belong to which lab. */
const runningFolder = (cacheRoot: string): string => join(cacheRoot, 'running')

/**
 * Sweeps what killed labs left, then opens a session whose folders are `<runDir>/data` (deleted at close) and
 * `<runDir>/logs` (kept). Every pending start rejects when `options.signal` is aborted; `close` must be called in any
 * case. What the sweep ended is told as progress of the component `sweep`.
 */
export async function openSession(options: SessionOptions): Promise<Session> {
  const cache = new Cache(cacheFolder(options.env), options.onProgress)
  const running = runningFolder(cache.root)
  await mkdir(running, { recursive: true })
  const removeContainers = async (host: string, sessionId: string) =>
    removeSession(await openDaemon({ ...options.env, DOCKER_HOST: host }), sessionId)
  for (const swept of await sweep(running, removeContainers))
    options.onProgress({ component: 'sweep', step: describe(swept) })
  const runDir = resolve(options.runDir)
  await needSpace('session', runDir, RUN_BYTES, 'choose a run folder on another disk')
  const registry = await SessionRegistry.open(running)
  const logDir = join(runDir, 'logs')
  await mkdir(logDir, { recursive: true })
  await registry.ownFolder(join(runDir, 'data')).catch(async (error: Error) => {
    await registry.close()
    const remedy = 'Choose a new folder for this run; what is deleted at its end must be its own.'
    throw new EnvironmentError('ENV-START', 'session', `No data folder can be made: ${error.message}`, remedy)
  })
  return new NativeSession(options, { dataDir: join(runDir, 'data'), logDir, cache, registry })
}

const describe = ({ processes, children, folders, containers, problem }: Swept): string => {
  const ended = [...processes, ...(children > 0 ? [`${children} children`] : [])]
  const text = ended.length > 0 ? `ended ${ended.join(', ')}` : 'no process was left'
  const left = problem === null ? '' : `; its containers may still be there: ${problem}`
  return `of a lab that was killed: ${text}; deleted ${[...folders, ...containers].join(', ') || 'no folder'}${left}`
}

function startFailure(component: string, error: unknown): unknown {
  if (error instanceof EnvironmentError) return error
  const lines = error instanceof CommandError ? error.lines : []
  const full = diskFull(component, error, lines)
  if (full || !(error instanceof CommandError)) return full ?? error
  const remedy = 'The lines say what the tool missed.'
  return new EnvironmentError('ENV-START', component, error.message, remedy, lines, { cause: error })
}

/** A component that runs natively for want of a container says why, after a restart too. */
const withReason = ({ component, again }: Launched, notContained: string): Launched => ({
  component: { ...component, notContained },
  again: async () => withReason(await again(), notContained),
})

interface Parts {
  readonly dataDir: string
  readonly logDir: string
  readonly cache: Cache
  readonly registry: SessionRegistry
}

class NativeSession implements Session {
  readonly dataDir: string
  readonly logDir: string
  readonly #registry: SessionRegistry
  readonly #accounting = new Accounting()
  readonly #secrets: string[] = []
  readonly #stage: Stage
  readonly #options: SessionOptions
  /** Null: every component is native. */
  readonly #containers: ContainerRuntime | null
  readonly #provision: ProvisionContext
  readonly #closing = new AbortController()
  readonly #signal: AbortSignal
  /** In order of their start; those that ended stay in it. */
  readonly #processes: RunningProcess[] = []
  readonly #pending = new Set<Promise<unknown>>()
  readonly #launched = new Map<ComponentName, Promise<Launched>>()
  #closed: Promise<void> | undefined

  constructor(options: SessionOptions, parts: Parts) {
    this.#options = options
    this.dataDir = parts.dataDir
    this.logDir = parts.logDir
    this.#registry = parts.registry
    this.#signal = AbortSignal.any([options.signal, this.#closing.signal])
    this.#provision = { cache: parts.cache, env: options.env, signal: this.#signal, onProgress: options.onProgress }
    this.#stage = {
      registry: parts.registry,
      accounting: this.#accounting,
      logDir: parts.logDir,
      env: options.env,
      coresOf: options.coresOf,
      secrets: this.#secrets,
    }
    const started = (process: RunningProcess) => void this.#processes.push(process)
    const ofContainers = { ...this.#provision, ...this.#stage, env: options.env, secrets: this.#secrets, started }
    this.#containers = options.containers ? new ContainerRuntime(options.containers, ofContainers) : null
  }

  /** Starts a component once; a second call gives the same one. */
  async start(name: ComponentName): Promise<RunningComponent> {
    const launched = this.#launched.get(name) ?? this.#launch(name, () => this.#begin(name))
    return (await launched).component
  }

  async restart(name: ComponentName): Promise<RunningComponent> {
    const before = await this.#launched.get(name)
    if (!before) throw new Error(`${name} was not started in this session`)
    return (await this.#launch(name, () => before.again())).component
  }

  spawn(options: SpawnOptions): Promise<RunningProcess> {
    return this.#track(options.name, this.#spawn(options))
  }

  k6(): Promise<string> {
    return this.#track('k6', k6Program(this.#provision))
  }

  prometheus() {
    return this.#track('prometheus', prometheusPrograms(this.#provision))
  }

  exporter(engine: AskedEngine): Promise<string> {
    return this.#track(`${engine}-exporter`, exporterProgram(engine, this.#provision))
  }

  sample() {
    return this.#accounting.sample()
  }

  cores() {
    return this.#accounting.cores()
  }

  close(): Promise<void> {
    this.#closed ??= this.#close()
    return this.#closed
  }

  async #close(): Promise<void> {
    this.#closing.abort(new Error('the session is closed'))
    await Promise.allSettled(this.#pending)
    for (const started of this.#processes.toReversed()) await started.stop()
    const keepEntry = await this.#removeContainers()
    await this.#registry.close({ keepEntry })
  }

  /** Whether some may be left for the next sweep. */
  async #removeContainers(): Promise<boolean> {
    try {
      await this.#containers?.close()
      return false
    } catch (error) {
      const step = `containers may be left, which the next run removes: ${error instanceof Error ? error.message : error}`
      this.#options.onProgress({ component: 'docker', step })
      return true
    }
  }

  /** In the order that design.md gives: what the environment names, a container, a native process. */
  async #begin(name: ComponentName): Promise<Launched> {
    const native = () => DRIVERS[name].start(this.#contextOf(name))
    const choice = this.#options.containers
    const isGiven = DRIVERS[name].givenBy.some((variable) => this.#options.env[variable])
    if (!choice || !this.#containers || isGiven || (choice.only !== null && !choice.only.includes(name)))
      return native()
    const image = await this.#containers.prepare(name).catch((error: Error) => error)
    if (!(image instanceof Error)) return this.#containers.start(name, image)
    if (choice.when === 'wanted' || this.#signal.aborted) throw image
    this.#options.onProgress({ component: name, step: `native, not in a container: ${image.message}` })
    return withReason(await native(), image.message)
  }

  #launch(name: ComponentName, start: () => Promise<Launched>): Promise<Launched> {
    const before = this.#launched.get(name)
    const launched = this.#track(name, start())
    this.#launched.set(name, launched)
    // A start that failed may be tried again, and a restart that failed as well.
    launched.catch(() => (before ? this.#launched.set(name, before) : this.#launched.delete(name)))
    return launched
  }

  /** Pending until it settles; a failure of a tool or of the disk becomes an EnvironmentError. */
  #track<T>(component: string, work: Promise<T>): Promise<T> {
    const tracked = work
      .catch((error: unknown) => {
        throw this.#signal.aborted ? this.#signal.reason : startFailure(component, error)
      })
      .finally(() => this.#pending.delete(tracked))
    this.#pending.add(tracked)
    return tracked
  }

  async #spawn(options: StageSpawnOptions): Promise<RunningProcess> {
    const started = await startProcess(options, this.#stage, this.#signal)
    this.#processes.push(started)
    return started
  }

  #contextOf(name: ComponentName) {
    const dataDir = join(this.dataDir, name)
    return {
      ...this.#provision,
      dataDir,
      shortFolder: () => this.#shortFolder(),
      spawn: (options: StageSpawnOptions) => this.#spawn({ group: name, ...options }),
      hide: (secret: string) => void this.#secrets.push(secret),
      withFigures: this.#options.withFigures === true,
    }
  }

  async #shortFolder(): Promise<string> {
    const path = join(tmpdir(), `chat-lab-${randomBytes(6).toString('hex')}`)
    await this.#registry.ownFolder(path)
    return path
  }
}
