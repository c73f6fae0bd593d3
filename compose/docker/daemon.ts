/** The Docker daemon this machine offers: where it is, what it can do, and plain words when it is not to be had. */
import { readFile } from 'node:fs/promises'
import { homedir, release } from 'node:os'
import Dockerode from 'dockerode'
import { EnvironmentError } from '../component.ts'
import { type Environment, findProgram } from '../native/programs.ts'
import { candidates, type Endpoint } from './endpoint.ts'

const NAME = 'docker'
const ANSWER_MS = 10_000
const NOT_THERE = new Set(['ENOENT', 'ENOTDIR'])
const FORBIDDEN = new Set(['EACCES', 'EPERM'])

/** Whether the daemon is in a Swarm, and as what. */
export type SwarmState = 'inactive' | 'manager' | 'worker' | 'pending' | 'error' | 'locked'

export interface Daemon {
  readonly api: Dockerode
  /** As `DOCKER_HOST` has it: for the docker program, where the API has no call. */
  readonly host: string
  /** Where `host` is from: `DOCKER_HOST`, `context <name>` or `default socket`. */
  readonly from: string
  readonly version: string
  readonly apiVersion: string
  readonly swarm: SwarmState
  /** Processor architecture as Docker names it: `amd64`, `arm64`. */
  readonly architecture: string
  readonly cgroupVersion: '1' | '2'
  readonly rootless: boolean
  /** Whether its containers run on this machine's kernel, as far as can be told: not in Docker Desktop's. */
  readonly isHere: boolean
}

/**
 * Finds the daemon as the docker program does: DOCKER_HOST, DOCKER_CONTEXT, the current context, the usual sockets.
 * Rejects with ENV-MISSING (no Docker here) or ENV-UNREACHABLE (it does not run, may not be used, is no Docker).
 */
export async function openDaemon(env: Environment): Promise<Daemon> {
  const home = env.HOME ?? homedir()
  const endpoints = await candidates(env, home, (path) => readFile(path, 'utf8'))
  let firstError: EnvironmentError | undefined
  for (const endpoint of endpoints) {
    try {
      return await open(endpoint)
    } catch (error) {
      const reason = obstacle(endpoint, error as NodeJS.ErrnoException, env)
      // A socket that is there and refuses says more than the next one that is not there.
      if (firstError === undefined || firstError.code === 'ENV-MISSING') firstError = reason
    }
  }
  throw firstError ?? obstacle({ host: 'no socket', from: 'nothing', options: {} }, noSocket, env)
}

const noSocket: NodeJS.ErrnoException = Object.assign(new Error('no socket'), { code: 'ENOENT' })

async function open({ host, from, options }: Endpoint): Promise<Daemon> {
  // `undefined` on purpose: what is left out here is taken from DOCKER_HOST by the library.
  const api = new Dockerode({ host: undefined, port: undefined, socketPath: undefined, timeout: 0, ...options })
  const late = AbortSignal.timeout(ANSWER_MS)
  const [version, info] = await Promise.race([Promise.all([api.version(), api.info()]), aborted(late)])
  return {
    api,
    host,
    from,
    version: version.Version,
    apiVersion: version.ApiVersion,
    swarm: swarmState(info.Swarm),
    architecture: version.Arch,
    cgroupVersion: info.CgroupVersion === '2' ? '2' : '1',
    isHere: host.startsWith('unix://') && info.KernelVersion === release(),
    rootless: ((info.SecurityOptions ?? []) as string[]).some((option) => option.includes('name=rootless')),
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
}

function swarmState(swarm: { LocalNodeState?: string; ControlAvailable?: boolean } | undefined): SwarmState {
  const state = swarm?.LocalNodeState || 'inactive'
  if (state === 'active') return swarm?.ControlAvailable ? 'manager' : 'worker'
  return state as SwarmState
}

/** Why this endpoint is of no use, and what to do about it. */
export function obstacle(endpoint: Endpoint, error: NodeJS.ErrnoException, env: Environment): EnvironmentError {
  const code = error.code ?? (error.cause as NodeJS.ErrnoException | undefined)?.code ?? ''
  const at = `${endpoint.host} (${endpoint.from})`
  const fail = (kind: 'ENV-MISSING' | 'ENV-UNREACHABLE', message: string, remedy: string) =>
    new EnvironmentError(kind, NAME, message, remedy, [], { cause: error })
  if (FORBIDDEN.has(code)) {
    const remedy = 'Add your user to the group docker and log in again, or use a rootless Docker, or run as root.'
    return fail('ENV-UNREACHABLE', `Docker at ${at} may not be used by this user: permission denied.`, remedy)
  }
  const installed = findProgram('dockerd', env) ?? findProgram('docker', env)
  if (NOT_THERE.has(code) && endpoint.from === 'default socket' && !installed) {
    const remedy = 'Install Docker Engine 20.10 or newer, or run without containers: --runtime=native.'
    return fail('ENV-MISSING', 'There is no Docker here: no docker program on PATH and no socket.', remedy)
  }
  if (NOT_THERE.has(code) || code === 'ECONNREFUSED') {
    const remedy = 'Start it (systemctl start docker, or Docker Desktop), or name a running one in DOCKER_HOST.'
    return fail('ENV-UNREACHABLE', `The Docker daemon does not run: nothing answers at ${at}.`, remedy)
  }
  const remedy = 'Check DOCKER_HOST and `docker context ls`: `docker version` must show a server.'
  const timedOut = error.name === 'TimeoutError' || error.name === 'AbortError'
  const reason = timedOut ? `no answer within ${ANSWER_MS / 1000} s` : error.message
  return fail('ENV-UNREACHABLE', `No Docker daemon answers at ${at}: ${reason}`, remedy)
}
