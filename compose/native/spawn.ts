/** Starts one process of a session: in a group of its own, output to a log file, registered, counted, ended for sure. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import {
  EnvironmentError,
  type ProcessExit,
  type RunningProcess,
  type SessionOptions,
  type SpawnOptions,
} from '../component.ts'
import { diskFull } from '../provision/disk.ts'
import type { Accounting } from './accounting.ts'
import { keptTo } from './cores.ts'
import { lastLines, redact } from './logs.ts'
import { descendants, isRunning, type ProcessStat, processStat } from './proc.ts'
import { dieWithParent, type Environment, findProgram, neededVariables } from './programs.ts'
import { killExactly, SESSION_VARIABLE, type SessionRegistry } from './registry.ts'

const DEFAULT_GRACE_MS = 10_000
const LOG_LINES_IN_ERRORS = 20
/** What a start needs of its session. */
export interface Stage {
  readonly registry: SessionRegistry
  readonly accounting: Accounting
  readonly logDir: string
  readonly env: Environment
  readonly coresOf: SessionOptions['coresOf']
  /** Secrets of the whole session; grows as components generate them. */
  readonly secrets: readonly string[]
}

export interface StageSpawnOptions extends SpawnOptions {
  /** Name under which it is counted; its own by default. */
  readonly group?: string
  /** How it is asked to end; SIGTERM by default. */
  readonly stopSignal?: NodeJS.Signals
  /** How long it has for that, when the caller of `stop` does not say. */
  readonly graceMs?: number
}

/** `<name>.log`, and `<name>-2.log` and so on for later starts, so that a line belongs to one start. */
export async function openLog(logDir: string, name: string) {
  await mkdir(logDir, { recursive: true })
  for (let start = 1; ; start += 1) {
    const file = join(logDir, start === 1 ? `${name}.log` : `${name}-${start}.log`)
    try {
      return { file, handle: await open(file, 'ax') }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

class StartedProcess implements RunningProcess {
  readonly name: string
  readonly pid: number
  readonly logFile: string
  readonly exited: Promise<ProcessExit>
  readonly #startTicks: number
  readonly #stopSignal: NodeJS.Signals
  readonly #graceMs: number
  readonly #secrets: () => readonly string[]
  /** Everything that was sent SIGKILL: it may take a moment to be gone. */
  readonly #killed: ProcessStat[] = []
  #asked = false
  #ended = false

  constructor(child: ChildProcess, options: StageSpawnOptions, logFile: string, stage: Stage) {
    this.name = options.name
    this.pid = child.pid as number
    this.logFile = logFile
    this.#startTicks = processStat(this.pid)?.startTicks ?? 0
    this.#stopSignal = options.stopSignal ?? 'SIGTERM'
    this.#graceMs = options.graceMs ?? DEFAULT_GRACE_MS
    this.#secrets = () => [...stage.secrets, ...(options.secrets ?? [])]
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#killGroup()
        this.#ended = true
        resolve({ code, signal, asked: this.#asked })
      })
    })
  }

  get startTicks(): number {
    return this.#startTicks
  }

  async stop(graceMs: number = this.#graceMs): Promise<void> {
    const family = this.#family()
    this.#signal(this.#stopSignal)
    const cancel = new AbortController()
    await Promise.race([this.exited, delay(graceMs, undefined, { signal: cancel.signal }).catch(() => undefined)])
    cancel.abort()
    this.#killFamily([...family, ...this.#family()])
    await this.exited
    while (this.#killed.some((stat) => isRunning(stat.pid, stat.startTicks))) await delay(10)
  }

  kill(): void {
    this.#asked = true
    this.#killFamily(this.#family())
  }

  async lastLogLines(count: number): Promise<string[]> {
    return (await lastLines(this.logFile, count)).map((line) => redact(line, this.#secrets()))
  }

  /** Servers such as PostgreSQL put their children into sessions of their own, so a group's signal misses them. */
  #family(): ProcessStat[] {
    return this.#ended ? [] : descendants([this.pid])
  }

  #signal(signal: NodeJS.Signals): void {
    this.#asked = true
    if (this.#ended) return
    try {
      process.kill(this.pid, signal)
    } catch {}
  }

  #killFamily(family: readonly ProcessStat[]): void {
    this.#killGroup()
    this.#killed.push(...family)
    for (const stat of family) killExactly(stat.pid, stat.startTicks)
  }

  /** Where there is no /proc the group is all that is known of a process's children. */
  #killGroup(): void {
    if (this.#ended) return
    try {
      process.kill(-this.pid, 'SIGKILL')
    } catch {}
  }
}

async function launch(options: StageSpawnOptions, stage: Stage): Promise<StartedProcess> {
  const command = findProgram(options.command, stage.env)
  if (!command) throw cannotRun(options, new Error(`no program ${options.command}`))
  const { file, handle } = await openLog(stage.logDir, options.name)
  try {
    const cores = stage.coresOf?.(options.group ?? options.name)
    const kept = cores === undefined ? [] : keptTo(cores, stage.env)
    const [program = command, ...args] = [...dieWithParent(stage.env), ...kept, command, ...options.args]
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...neededVariables(stage.env), ...options.env, [SESSION_VARIABLE]: stage.registry.id },
      detached: true,
      stdio: ['ignore', handle.fd, handle.fd],
    })
    const failure = new Promise<Error>((resolve) => child.once('error', resolve))
    if (child.pid === undefined) throw cannotRun(options, await failure)
    const started = new StartedProcess(child, options, file, stage)
    await stage.registry.addProcess({ pid: started.pid, startTicks: started.startTicks, name: options.name })
    void started.exited.then(() => stage.registry.removeProcess(started.pid)).catch(() => undefined)
    stage.accounting.add(options.group ?? options.name, started)
    return started
  } finally {
    await handle.close()
  }
}

function cannotRun(options: SpawnOptions, cause: Error): EnvironmentError {
  return new EnvironmentError(
    'ENV-MISSING',
    options.name,
    `${options.name} cannot be started: ${cause.message}`,
    `Check that ${options.command} exists and may be executed.`,
    [],
    { cause },
  )
}

/** Why a start failed, from the last lines of the log. */
async function startError(process: RunningProcess, what: string, cause?: unknown): Promise<EnvironmentError> {
  const lines = await process.lastLogLines(LOG_LINES_IN_ERRORS)
  const text = lines.join('\n')
  const message = `${process.name} ${what}`
  const full = diskFull(process.name, new Error(message), lines)
  if (full) return full
  if (/Address already in use|EADDRINUSE/.test(text)) {
    const remedy = 'Start again, or end the process that holds the port named in the log lines.'
    return new EnvironmentError('ENV-PORT', process.name, `${message}: its port is in use.`, remedy, lines)
  }
  const remedy = `Read its log: ${process.logFile}`
  return new EnvironmentError('ENV-START', process.name, `${message}.`, remedy, lines, { cause })
}

/**
 * Ends the wait for readiness when the process ends, time is up or the session is aborted. Rejects with ENV-START,
 * ENV-PORT or ENV-DISK and the last lines of the log, or the signal's reason, when the process has ended.
 */
export async function becomeReady(
  process: RunningProcess,
  options: Pick<SpawnOptions, 'ready' | 'readyTimeoutMs'>,
  signal: AbortSignal,
): Promise<void> {
  if (!options.ready) return
  const timeoutMs = options.readyTimeoutMs ?? 60_000
  const end = new AbortController()
  const late = AbortSignal.timeout(timeoutMs)
  const exit = process.exited.then((how) => {
    const text = how.signal ? `signal ${describeSignal(how.signal)}` : `exit code ${how.code}`
    end.abort()
    throw new Error(`ended with ${text} before it was ready`)
  })
  exit.catch(() => undefined)
  const stop = AbortSignal.any([signal, end.signal, late])
  const aborted = new Promise<never>((_, reject) => {
    stop.addEventListener('abort', () => reject(stop.reason), { once: true })
    if (stop.aborted) reject(stop.reason)
  })
  aborted.catch(() => undefined)
  try {
    await Promise.race([exit, options.ready(process, stop), aborted])
  } catch (error) {
    const ended = end.signal.aborted ? await exit.catch((reason: Error) => reason.message) : null
    process.kill()
    await process.exited
    signal.throwIfAborted()
    if (ended) throw await startError(process, ended, error)
    if (late.aborted) throw await startError(process, `was not ready within ${timeoutMs / 1000} s`, error)
    throw error instanceof EnvironmentError ? error : await startError(process, `did not become ready: ${error}`, error)
  }
}

const describeSignal = (signal: NodeJS.Signals): string => `${signal} (${constants.signals[signal]})`

/**
 * Starts a process and waits until it is ready. Its environment is the few variables every program needs plus
 * `options.env`. Rejects with ENV-MISSING, ENV-START, ENV-PORT or ENV-DISK, or the signal's reason; nothing of it runs
 * on after a rejection.
 */
export async function startProcess(
  options: StageSpawnOptions,
  stage: Stage,
  signal: AbortSignal,
): Promise<RunningProcess> {
  signal.throwIfAborted()
  const process = await launch(options, stage)
  await becomeReady(process, options, signal)
  stage.accounting.ready(process)
  return process
}
