import type { types } from 'cassandra-driver'
import type { EngineIdentity } from '../../protocol/identity.ts'
import type { StoreGuarantees } from '../store.ts'
import type { Session } from './session.ts'

/**
 * Who answers: engines of the same protocol give a Cassandra version in `system.local` for their clients' sake, and say
 * who they are elsewhere.
 */
export async function identityOf(session: Session): Promise<EngineIdentity> {
  const local = (await session.first('SELECT * FROM system.local'))!
  const compatibleWith = `Apache Cassandra ${local.release_version}`
  if (local.dse_version) return { product: 'DataStax Enterprise', version: String(local.dse_version), compatibleWith }
  if (local.cluster_name === 'Amazon Keyspaces')
    return { product: 'Amazon Keyspaces', version: String(local.release_version), compatibleWith }
  const scylla = await ifThere(() => session.first("SELECT version FROM system.versions WHERE key = 'local'"))
  if (scylla) return { product: 'ScyllaDB', version: String(scylla.version), compatibleWith }
  return { product: 'Apache Cassandra', version: String(local.release_version), details: await details(session) }
}

async function details(session: Session): Promise<string> {
  const nodes = session.client.hosts.length
  return `${nodes} node${nodes === 1 ? '' : 's'}, commit log ${(await commitLogSync(session)) ?? 'of unknown sync'}`
}

/**
 * What an acknowledged write has been through, by the engine's own settings: only `group` and `batch` wait for the
 * fsync. An engine that does not tell is not believed to.
 */
export async function durabilityOf(session: Session): Promise<StoreGuarantees['durability']> {
  const sync = await commitLogSync(session)
  return sync === 'group' || sync === 'batch' ? 'fsync' : 'os-buffer'
}

async function commitLogSync(session: Session): Promise<string | undefined> {
  const query = "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'"
  const row = await ifThere(() => session.first(query))
  return row && String(row.value)
}

/** Undefined where the engine has no such table. */
async function ifThere(ask: () => Promise<types.Row | undefined>): Promise<types.Row | undefined> {
  return ask().catch(() => undefined)
}
