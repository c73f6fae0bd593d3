import { fileURLToPath } from 'node:url'
import type { MemoryLimit, RunningProcess, Session } from '../../../compose/component.ts'
import { waitForLine } from '../../../compose/native/logs.ts'
import { freePorts } from '../../../compose/native/ports.ts'
import type { Role } from '../../../system/editions/edition.ts'

/** What a system process says on stdout once it serves. */
export interface ReadyLine {
  readonly ready: true
  readonly pid: number
  readonly roles: readonly Role[]
  readonly publicUrls: readonly string[]
  readonly internalUrl: string
}

/** How to start one process of the system; the same launch starts it again after a planned kill. */
export interface Launch {
  readonly name: string
  readonly roles: readonly Role[]
  readonly edition: string
  readonly fanout: string
  readonly cache: string
  readonly gateways: number
  /** The first of its gateways'; 0 = any free one. */
  readonly port: number
  readonly knobs: Readonly<Record<string, number>>
  readonly env: Readonly<Record<string, string>>
  readonly secrets: readonly string[]
}

const main = fileURLToPath(new URL('../../../system/main.ts', import.meta.url))
/**
 * Messages live for a few event-loop turns: a young generation that holds them all spares copying them. With Node's
 * 16 MiB collections took 2.2 s of the gateway's 48 busy seconds, with 64 MiB 0.4 of 26.
 */
const SEMI_SPACE_MIB = 64
const nodeFlags = [`--max-semi-space-size=${SEMI_SPACE_MIB}`]

/** What every process of the system is allowed of memory. */
export const processMemory: readonly MemoryLimit[] = [{ what: 'semi-space', bytes: SEMI_SPACE_MIB * 2 ** 20 }]
const checkout = fileURLToPath(new URL('../../../', import.meta.url))

/** One process of the reference system, wherever it runs at the moment. */
export class SystemProcess {
  readonly name: string
  readonly roles: readonly Role[]
  readonly #session: Session
  readonly #watch: (process: RunningProcess) => void
  #launch: Launch
  #running: RunningProcess | null = null
  #ready: ReadyLine | null = null

  constructor(session: Session, launch: Launch, watch: (process: RunningProcess) => void) {
    this.name = launch.name
    this.roles = launch.roles
    this.#session = session
    this.#launch = launch
    this.#watch = watch
  }

  /** Legal once it has started. */
  get ready(): ReadyLine {
    if (this.#ready === null) throw new Error(`${this.name} has not started`)
    return this.#ready
  }

  get running(): RunningProcess | null {
    return this.#running
  }

  /** Starts it, after a kill on the same public port. Rejects as `Session.spawn` does. */
  async start(): Promise<void> {
    const launch = { ...this.#launch, port: this.#launch.port || (await freePorts(this.#launch.gateways))[0]! }
    const knobs = Object.entries(launch.knobs).flatMap(([name, value]) => ['--knob', `${name}=${value}`])
    let said = ''
    const process_ = await this.#session.spawn({
      name: launch.name,
      command: process.execPath,
      args: [
        ...nodeFlags,
        main,
        `--edition=${launch.edition}`,
        `--fanout=${launch.fanout}`,
        `--cache=${launch.cache}`,
        `--roles=${launch.roles.join(',')}`,
        '--host=127.0.0.1',
        `--port=${launch.port}`,
        ...(launch.roles.includes('gateway') ? [`--gateways=${launch.gateways}`] : []),
        ...knobs,
      ],
      env: launch.env,
      cwd: checkout,
      readyTimeoutMs: 30_000,
      secrets: launch.secrets,
      ready: async (started, signal) => {
        said = await waitForLine(started, (line) => line.startsWith('{"ready":true'), signal)
      },
    })
    this.#running = process_
    this.#ready = JSON.parse(said) as ReadyLine
    this.#launch = launch
    this.#watch(process_)
  }

  async stop(graceMs: number): Promise<void> {
    await this.#running?.stop(graceMs)
    this.#running = null
  }

  kill(): void {
    this.#running?.kill()
    this.#running = null
  }
}
