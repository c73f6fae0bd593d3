/** Why a container cannot be had, in plain words. */
import { EnvironmentError } from '../component.ts'
import type { Daemon } from '../docker/daemon.ts'
import { diskFull } from '../provision/disk.ts'

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]'])

/** What is published on the loopback of another machine cannot be reached. Throws ENV-UNREACHABLE. */
export function onThisMachine(daemon: Daemon): Daemon {
  const { host } = daemon
  if (/^(unix|npipe):/.test(host)) return daemon
  if (
    URL.canParse(host) &&
    /^(tcp|https?):/.test(host) &&
    LOOPBACK.has(new URL(host.replace(/^tcp:/, 'http:')).hostname)
  )
    return daemon
  const text = `The Docker daemon at ${host} (${daemon.from}) is on another machine.`
  const remedy = 'Components are published on 127.0.0.1 alone: use a daemon of this machine, or --runtime=native.'
  throw new EnvironmentError('ENV-UNREACHABLE', 'docker', text, remedy)
}

interface Failure {
  readonly statusCode?: number
  readonly message?: string
}

/** What the daemon said when it would not start one; an EnvironmentError is passed on. */
export function notStarted(name: string, error: unknown): unknown {
  if (error instanceof EnvironmentError) return error
  const reason = ((error as Failure)?.message ?? `${error}`).replace(/^\(HTTP code \d+\) [^-]*- /, '').trim()
  const full = diskFull(name, new Error(reason))
  if (full) return full
  const message = `The container of ${name} could not be started: ${reason}`
  const fail = (code: 'ENV-PORT' | 'ENV-START', remedy: string) =>
    new EnvironmentError(code, name, message, remedy, [], { cause: error })
  if (/port is already allocated|address already in use/i.test(reason))
    return fail('ENV-PORT', 'Start again, or end the process that holds the port.')
  return fail('ENV-START', 'See `docker info` and the log of the daemon, or use --runtime=native.')
}
