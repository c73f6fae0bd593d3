/**
 * Where a Cassandra is, as one URL: `cassandra://[user:password@]host:port/<keyspace>?dc=<data center>&hosts=<more>`,
 * `hosts` being further contact points, `host:port` with commas between them.
 */
import { EnvironmentError } from '../../component.ts'
import type { Environment } from '../../native/programs.ts'

const DEFAULT_PORT = 9042

export interface CassandraAddress {
  /** `host:port`. */
  readonly contactPoints: readonly string[]
  /** Undefined: to be asked of the first node that answers. */
  readonly dataCenter: string | undefined
  readonly credentials: { readonly username: string; readonly password: string } | undefined
}

/**
 * What CASSANDRA_CONTACT_POINTS (`host[:port]`, commas between them), CASSANDRA_LOCAL_DC, CASSANDRA_USERNAME and
 * CASSANDRA_PASSWORD say; null without the first. Throws ENV-UNREACHABLE when it names no host, or half of the
 * credentials is missing.
 */
export function givenAddress(env: Environment): CassandraAddress | null {
  const { CASSANDRA_CONTACT_POINTS: hosts, CASSANDRA_USERNAME: username, CASSANDRA_PASSWORD: password } = env
  if (!hosts) return null
  const contactPoints = hosts
    .split(',')
    .map((host) => host.trim())
    .filter(Boolean)
    .map((host) => (/:\d+$/.test(host) ? host : `${host}:${DEFAULT_PORT}`))
  if (contactPoints.length === 0 || contactPoints.some((host) => !/^(\[[0-9a-f:.]+\]|[\w.-]+):\d+$/i.test(host)))
    throw unreadable('CASSANDRA_CONTACT_POINTS names no host.', 'Write it as host:port[,host:port].')
  if ((username === undefined) !== (password === undefined))
    throw unreadable(
      'Only half of the credentials is given.',
      'Set CASSANDRA_USERNAME and CASSANDRA_PASSWORD, or none.',
    )
  const credentials = username !== undefined && password !== undefined ? { username, password } : undefined
  return { contactPoints, dataCenter: env.CASSANDRA_LOCAL_DC || undefined, credentials }
}

/** The address as a URL without a keyspace: whoever uses it sets the path. */
export function urlOf({ contactPoints, dataCenter, credentials }: CassandraAddress): string {
  const [first, ...others] = contactPoints
  const url = new URL(`cassandra://${first}/`)
  if (credentials) {
    url.username = encodeURIComponent(credentials.username)
    url.password = encodeURIComponent(credentials.password)
  }
  if (dataCenter) url.searchParams.set('dc', dataCenter)
  if (others.length > 0) url.searchParams.set('hosts', others.join(','))
  return url.href
}

function unreadable(text: string, remedy: string): EnvironmentError {
  return new EnvironmentError('ENV-UNREACHABLE', 'cassandra', text, remedy)
}
