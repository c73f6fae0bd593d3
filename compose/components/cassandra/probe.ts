/** Asks a node over CQL who it is. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from 'cassandra-driver'
import type { EngineIdentity } from '../../component.ts'
import type { CassandraAddress } from './address.ts'

export interface NodeAnswer {
  readonly identity: EngineIdentity
  readonly dataCenter: string
}

/** Connects to one node, asks and closes. Rejects with the driver's error when none answers or refuses us. */
export async function askNode(address: CassandraAddress, timeoutMs: number): Promise<NodeAnswer> {
  // Loaded when it is needed: a run without Cassandra should not wait for its driver.
  const { default: cassandra } = await import('cassandra-driver')
  const client = new cassandra.Client({
    contactPoints: [...address.contactPoints],
    // Any node will do, and which data center is ours is what we want to know.
    policies: { loadBalancing: new cassandra.policies.loadBalancing.RoundRobinPolicy() },
    credentials: address.credentials,
    socketOptions: { connectTimeout: timeoutMs, readTimeout: timeoutMs },
  })
  try {
    await client.connect()
    const local = (await client.execute('SELECT * FROM system.local')).first()
    return { identity: await identityOf(client, local), dataCenter: String(local.data_center) }
  } finally {
    await client.shutdown()
  }
}

/** Resolves with the first answer. Rejects with the signal's reason. */
export async function firstAnswer(address: CassandraAddress, signal: AbortSignal): Promise<NodeAnswer> {
  for (;;) {
    signal.throwIfAborted()
    const answer = await askNode(address, 2_000).catch(() => undefined)
    if (answer) return answer
    await delay(100, undefined, { signal })
  }
}

interface LocalRow {
  readonly release_version: string
  readonly cluster_name: string
  /** DataStax Enterprise has this column. */
  readonly dse_version?: string
}

/** Engines of the same protocol give a Cassandra version for their clients' sake, and say who they are elsewhere. */
async function identityOf(client: Client, row: object): Promise<EngineIdentity> {
  const { release_version, cluster_name, dse_version } = row as LocalRow
  const asCassandra = `Apache Cassandra ${release_version}`
  if (dse_version) return { product: 'DataStax Enterprise', version: dse_version, compatibleWith: asCassandra }
  if (cluster_name === 'Amazon Keyspaces')
    return { product: cluster_name, version: 'not told over the wire', compatibleWith: asCassandra }
  const scylla = await client.execute("SELECT version FROM system.versions WHERE key = 'local'").catch(() => undefined)
  if (scylla) return { product: 'ScyllaDB', version: String(scylla.first()?.version), compatibleWith: asCassandra }
  const nodes = client.hosts.length
  return { product: 'Apache Cassandra', version: release_version, details: `${nodes} node${nodes === 1 ? '' : 's'}` }
}
