/** The docker program, for what the API cannot do: it is the one that reads a stack file. */
import { EnvironmentError } from '../component.ts'
import type { Environment } from '../native/programs.ts'
import { findProgram } from '../native/programs.ts'
import { run } from '../provision/commands.ts'
import type { Daemon } from './daemon.ts'

export interface DockerProgramOptions {
  readonly env: Environment
  readonly signal: AbortSignal
  /** Standard input, for a stack file that is written nowhere. */
  readonly input?: string
  readonly onLine?: (line: string) => void
}

/**
 * Runs `docker <args>` against this daemon and resolves with what it printed. Rejects with ENV-MISSING where there is
 * no docker program, with CommandError (its last lines) when it fails, or with the signal's reason.
 */
export async function docker(
  daemon: Daemon,
  args: readonly string[],
  { env, signal, input, onLine }: DockerProgramOptions,
): Promise<string> {
  if (!findProgram('docker', env)) {
    const text = 'There is no docker program on PATH, and the daemon itself reads no stack files.'
    const remedy = 'Install the Docker command line (docker-cli, or docker.io on Debian).'
    throw new EnvironmentError('ENV-MISSING', 'docker', text, remedy)
  }
  // A context and DOCKER_HOST together are refused by some versions; the address alone says it all but certificates.
  const own = daemon.from === 'DOCKER_HOST' ? env : { ...env, DOCKER_HOST: undefined }
  const where = daemon.from.startsWith('context ')
    ? ['--context', daemon.from.slice('context '.length)]
    : ['--host', daemon.host]
  return run('docker', daemon.from === 'DOCKER_HOST' ? args : [...where, ...args], { env: own, signal, input, onLine })
}

/** The first that can ask for health otherwise while a container starts. */
const startIntervalSince = 25

export async function knowsStartInterval(daemon: Daemon, options: DockerProgramOptions): Promise<boolean> {
  const program = await docker(daemon, ['version', '--format', '{{.Client.Version}}'], options)
  return [program, daemon.version].every((version) => Number.parseInt(version, 10) >= startIntervalSince)
}
