import { EnvironmentError } from '../../component.ts'
import { type Environment, findProgram } from '../../native/programs.ts'

/** What is made of them, and the Debian package that has each. */
const programs = {
  dockerd: 'docker.io',
  containerd: 'containerd',
  iptables: 'iptables',
  ip: 'iproute2',
  unshare: 'util-linux',
  nsenter: 'util-linux',
  mount: 'mount',
} as const

/** Null where a practice cluster can be made. */
export function obstacleToNodes(env: Environment): EnvironmentError | null {
  const fail = (text: string, remedy: string) => new EnvironmentError('ENV-MISSING', 'nodes', text, remedy)
  if (process.platform !== 'linux')
    return fail('A practice cluster is made of Linux namespaces.', 'Run it on Linux, or use machines of your own.')
  if (process.getuid?.() !== 0)
    return fail('Only root may make network namespaces with bridges and Docker daemons in them.', 'Run it with sudo.')
  const missing = Object.entries(programs).filter(([name]) => findProgram(name, env) === null)
  if (missing.length === 0) return null
  const packages = [...new Set(missing.map(([, from]) => from))].join(' ')
  const names = missing.map(([name]) => name).join(', ')
  return fail(
    `There is no ${names} on PATH.`,
    `Install them (Debian: apt-get install --no-install-recommends ${packages}).`,
  )
}
