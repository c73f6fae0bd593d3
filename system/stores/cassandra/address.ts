import { StoreError } from '../store.ts'

export interface CassandraAddress {
  /** `host:port`. */
  readonly contactPoints: readonly string[]
  readonly keyspace: string
  readonly dataCenter: string
  readonly credentials: { readonly username: string; readonly password: string } | undefined
}

/** What a Cassandra that was never told another one calls its data center. */
const defaultDataCenter = 'datacenter1'
const defaultPort = '9042'

/**
 * `cassandra://[user:password@]host[:port]/<keyspace>[?dc=<data center>][&hosts=<host:port>,<host:port>]`. Throws
 * STORE-UNREACHABLE; the text does not repeat the address, which may hold a password.
 */
export function readCassandraUrl(text: string): CassandraAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const keyspace = url?.pathname.slice(1) ?? ''
  // 48 characters are all a keyspace may have (SchemaConstants.NAME_LENGTH).
  if (url?.protocol !== 'cassandra:' || url.hostname === '' || !/^[a-z]\w{0,47}$/i.test(keyspace)) throw unreadable()
  const others = url.searchParams.get('hosts')?.split(',') ?? []
  const credentials =
    url.username === ''
      ? undefined
      : { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  return {
    contactPoints: [`${url.hostname}:${url.port || defaultPort}`, ...others],
    keyspace,
    dataCenter: url.searchParams.get('dc') ?? defaultDataCenter,
    credentials,
  }
}

function unreadable(): StoreError {
  const form = 'cassandra://<host>:<port>/<keyspace>?dc=<data center>, the keyspace of at most 48 letters, digits and _'
  return new StoreError('STORE-UNREACHABLE', `The Cassandra address cannot be read; write ${form}.`, {
    effect: 'definite',
    retryable: false,
  })
}
