/** A PostgreSQL server process of ours: as a store, or below FerretDB. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ComponentName, MemoryLimit, RunningProcess } from '../../component.ts'
import { isRunning, processStat } from '../../native/proc.ts'
import { run } from '../../provision/commands.ts'
import type { ComponentContext } from '../driver.ts'
import { unprivilegedPrefix } from './unprivileged.ts'

const SHARED_BUFFERS_MIB = 256
const WAL_BUFFERS_MIB = 16

export const POSTGRES_MEMORY: readonly MemoryLimit[] = [
  { what: 'shared buffers', bytes: SHARED_BUFFERS_MIB * 2 ** 20 },
  { what: 'WAL buffers', bytes: WAL_BUFFERS_MIB * 2 ** 20 },
]

/** By name, as `postgresql.conf` has them. */
export type Settings = readonly (readonly [name: string, value: string])[]

/**
 * Settings of either kind. A commit is acknowledged after its WAL was fsynced, which commits of half a millisecond share
 * where five are under way; torn pages are repaired from the WAL. No more in it for replicas: there is one node. Memory
 * is taken by `mmap`, for /dev/shm may be small. Compiling a query costs more than it gains where each reads few rows.
 */
export const engineSettings: Settings = [
  ['shared_buffers', `${SHARED_BUFFERS_MIB}MB`],
  ['dynamic_shared_memory_type', 'mmap'],
  ['huge_pages', 'off'],
  ['wal_level', 'minimal'],
  ['max_wal_senders', '0'],
  ['fsync', 'on'],
  ['full_page_writes', 'on'],
  ['synchronous_commit', 'on'],
  ['commit_delay', '500'],
  ['commit_siblings', '4'],
  ['wal_buffers', `${WAL_BUFFERS_MIB}MB`],
  ['max_wal_size', '2GB'],
  ['min_wal_size', '512MB'],
  ['checkpoint_timeout', '15min'],
  ['autovacuum_naptime', '60s'],
  ['max_parallel_workers_per_gather', '0'],
  ['jit', 'off'],
  ['timezone', 'UTC'],
  ['log_timezone', 'UTC'],
]

/** Lines of `postgresql.auto.conf`. */
export const settingsText = (settings: Settings): string =>
  settings.map(([name, value]) => `${name} = '${value}'\n`).join('')

export interface ServerPlan {
  readonly component: ComponentName
  /** Folder of `postgres`, `initdb` and so on. */
  readonly binFolder: string
  /** Of `initdb`, beside the data folder. */
  readonly initArgs: readonly string[]
  readonly settings: Settings
  /** For its programs, beside `LC_ALL` and `TZ`. */
  readonly variables: Readonly<Record<string, string>>
}

export class PostgresServer {
  readonly #plan: ServerPlan
  readonly #context: ComponentContext
  readonly #dataDir: string
  readonly #prefix: readonly string[]

  private constructor(plan: ServerPlan, prefix: readonly string[], context: ComponentContext) {
    this.#plan = plan
    this.#prefix = prefix
    this.#context = context
    this.#dataDir = join(context.dataDir, 'pg')
  }

  /** Makes the data folder, `pg` below the component's; nothing runs yet. */
  static async initialise(plan: ServerPlan, context: ComponentContext): Promise<PostgresServer> {
    const server = new PostgresServer(plan, await unprivilegedPrefix(plan.component, context), context)
    await mkdir(context.dataDir, { recursive: true })
    await server.run('initdb', ['-D', server.#dataDir, ...plan.initArgs, '--no-instructions', '-N'])
    await writeFile(join(server.#dataDir, 'postgresql.auto.conf'), settingsText(plan.settings))
    return server
  }

  async start(ready: (signal: AbortSignal) => Promise<void>): Promise<RunningProcess> {
    await this.#removeStaleLock()
    const program = join(this.#plan.binFolder, 'postgres')
    const [command = '', ...args] = [...this.#prefix, program, '-D', this.#dataDir]
    return this.#context.spawn({
      name: 'postgres',
      command,
      args,
      env: this.#variables(),
      // Fast shutdown: SIGTERM would wait for clients to leave.
      stopSignal: 'SIGINT',
      ready: (_process, signal) => ready(signal),
    })
  }

  /** Runs one of its programs to its end; `input` is for secrets, which must not show in a process list. */
  run(program: string, args: readonly string[], input = ''): Promise<string> {
    const [command = '', ...rest] = [...this.#prefix, join(this.#plan.binFolder, program), ...args]
    const env = { ...this.#context.env, ...this.#variables() }
    return run(command, rest, { env, signal: this.#context.signal, input })
  }

  /** After a kill an unreaped zombie keeps its lock file alive in PostgreSQL's eyes. */
  async #removeStaleLock(): Promise<void> {
    const file = join(this.#dataDir, 'postmaster.pid')
    const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
    if (!pid) return
    const stat = processStat(pid)
    if (!stat || !isRunning(pid, stat.startTicks)) await rm(file, { force: true })
  }

  #variables(): Record<string, string> {
    return { ...this.#plan.variables, LC_ALL: 'C', TZ: 'UTC' }
  }
}
