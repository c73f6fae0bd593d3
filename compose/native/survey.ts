/** What this machine is and which components it could run, without starting or fetching anything. */

import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, release, totalmem, type } from 'node:os'
import type { Availability, EnvironmentError } from '../component.ts'
import { DRIVERS } from '../components/index.ts'
import { javaRuntime } from '../components/java.ts'
import { k6Availability } from '../components/k6.ts'
import { prometheusAvailability } from '../components/prometheus.ts'
import { openDaemon } from '../docker/daemon.ts'
import { Cache, cacheFolder } from '../provision/cache.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { freeBytes } from '../provision/disk.ts'
import { goToolchain } from '../provision/go.ts'
import type { Environment } from './programs.ts'

const OLDEST_NODE = 24
/** Sockets of the default spike: 1,000 users, held by the gateway and by the generator, and what else is open. */
const OPEN_FILES_WANTED = 2_048
const CORES_WANTED = 2
const MEMORY_WANTED_BYTES = 3e9

export interface MachineFacts {
  readonly system: string
  readonly cpuModel: string
  readonly cores: number
  readonly memoryBytes: number
  readonly cacheDir: string
  /** Null where the system does not tell. */
  readonly freeDiskBytes: number | null
  readonly openFilesLimit: number | null
  /** Whether CPU, memory and I/O of the components can be accounted (Linux `/proc`). */
  readonly accounting: boolean
}

export interface SurveyedComponent extends Availability {
  /** What the component is needed for. */
  readonly neededBy: string
}

export interface Survey {
  readonly machine: MachineFacts
  readonly components: readonly SurveyedComponent[]
  readonly warnings: readonly string[]
  /** Whether the embedded default (SQLite, one process) can run here, now or after provisioning. */
  readonly embeddedCanRun: boolean
}

export async function survey(env: Environment, signal: AbortSignal): Promise<Survey> {
  const cache = new Cache(cacheFolder(env), () => undefined)
  const context: ProvisionContext = { cache, env, signal, onProgress: () => undefined }
  const components: SurveyedComponent[] = [
    { ...nodeAvailability(), neededBy: 'everything' },
    { ...(await k6Availability(context)), neededBy: 'every run: it makes the load' },
    {
      ...(await toolAvailability('go', () => goToolchain(context))),
      neededBy: 'k6, and the MongoDB-compatible engine',
    },
    { ...(await DRIVERS.kafka.availability(context)), neededBy: '--backend=mongo, mysql, postgres, cassandra' },
    { ...(await toolAvailability('java', () => javaRuntime(context))), neededBy: 'kafka, cassandra' },
    { ...(await DRIVERS.mongo.availability(context)), neededBy: '--backend=mongo' },
    { ...(await DRIVERS.mysql.availability(context)), neededBy: '--backend=mysql' },
    { ...(await DRIVERS.postgres.availability(context)), neededBy: '--backend=postgres' },
    { ...(await DRIVERS.cassandra.availability(context)), neededBy: '--backend=cassandra' },
    { ...(await DRIVERS.redis.availability(context)), neededBy: '--fanout=redis, --cache=redis' },
    { ...(await prometheusAvailability(context)), neededBy: 'metrics and dashboards of a run; without it runs go on' },
    { ...(await dockerAvailability(env)), neededBy: '--runtime=containers, --runtime=swarm' },
  ]
  const machine = await machineFacts(cache.root)
  const required = components.filter(({ name }) => name === 'node' || name === 'k6')
  const embeddedCanRun = required.every(({ state }) => state !== 'missing')
  return { machine, components, warnings: warnings(machine, components), embeddedCanRun }
}

function nodeAvailability(): Availability {
  const { node, sqlite } = process.versions
  const isNew = Number.parseInt(node, 10) >= OLDEST_NODE && sqlite !== undefined
  const detail = isNew
    ? `Node ${node} with SQLite ${sqlite}`
    : `Node ${node} is too old: install Node >= ${OLDEST_NODE}, or let npm run the install script of its package "node".`
  return { name: 'node', state: isNew ? 'found' : 'missing', detail }
}

async function dockerAvailability(env: Environment): Promise<Availability> {
  try {
    const { version, host, from, swarm } = await openDaemon(env)
    const inSwarm = swarm === 'inactive' ? 'in no Swarm' : `Swarm: ${swarm}`
    return { name: 'docker', state: 'found', detail: `Docker Engine ${version} at ${host} (${from}), ${inSwarm}` }
  } catch (error) {
    const { message, remedy } = error as EnvironmentError
    return { name: 'docker', state: 'missing', detail: `${message} ${remedy ?? ''}`.trim() }
  }
}

async function toolAvailability(
  name: string,
  find: () => Promise<{ readonly version: string; readonly origin: 'path' | 'wheel' }>,
): Promise<Availability> {
  try {
    const { version, origin } = await find()
    if (origin === 'path') return { name, state: 'found', detail: `${version} from PATH` }
    return { name, state: 'to-provision', detail: `${version} as a Python package, fetched when it is first needed` }
  } catch (error) {
    const { message, remedy } = error as EnvironmentError
    return { name, state: 'missing', detail: `${message} ${remedy ?? ''}`.trim() }
  }
}

async function machineFacts(cacheDir: string): Promise<MachineFacts> {
  return {
    system: `${type()} ${release()} ${process.arch}`,
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryBytes: process.constrainedMemory() > 0 ? Math.min(process.constrainedMemory(), totalmem()) : totalmem(),
    cacheDir,
    freeDiskBytes: await freeBytes(cacheDir),
    openFilesLimit: openFilesLimit(),
    accounting: process.platform === 'linux',
  }
}

/** Node raises its own soft limit to the hard one, and what it starts inherits that. */
function openFilesLimit(): number | null {
  try {
    const value = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return value ? Number(value) : null
  } catch {
    return null
  }
}

function warnings(machine: MachineFacts, components: readonly SurveyedComponent[]): string[] {
  const diskWanted = components.reduce((sum, { diskBytes = 0 }) => sum + diskBytes, 0)
  const { cores, memoryBytes, freeDiskBytes, openFilesLimit, accounting } = machine
  const checks: [boolean, string][] = [
    [cores < CORES_WANTED, `Only ${cores} core: generator and system share it, so expect INVALID runs at high rates.`],
    [
      memoryBytes < MEMORY_WANTED_BYTES,
      `Only ${gigabytes(memoryBytes)} of memory: the backends with servers want 3 GB.`,
    ],
    [
      freeDiskBytes !== null && freeDiskBytes < diskWanted,
      `Only ${gigabytes(freeDiskBytes ?? 0)} free in ${machine.cacheDir}, and provisioning wants ${gigabytes(diskWanted)}.`,
    ],
    [
      openFilesLimit !== null && openFilesLimit < OPEN_FILES_WANTED,
      `Open files are limited to ${openFilesLimit}: 1,000 users need ${OPEN_FILES_WANTED} (ulimit -n ${OPEN_FILES_WANTED}).`,
    ],
    [!accounting, 'This system has no /proc: CPU, memory and I/O of the components are not measured.'],
  ]
  return checks.flatMap(([applies, text]) => (applies ? [text] : []))
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`
