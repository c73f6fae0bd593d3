import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../store.ts'
import type { CassandraAddress } from './address.ts'
import { isUnknownName } from './errors.ts'
import { lockTables, type Migration, migrations } from './schema.ts'
import type { Session } from './session.ts'

/** A holder that died is replaced after this long; one that lives renews it. */
const leaseSeconds = 60
const renewMs = 10_000
const pollMs = 100
const mostReplicas = 3

/**
 * Brings the keyspace to the newest known version and returns it. Of several processes that open at once one migrates
 * and the others wait. A version newer than the newest known is refused and left untouched.
 */
export async function migrate(
  session: Session,
  address: CassandraAddress,
  steps: readonly Migration[] = migrations,
): Promise<number> {
  const newest = steps.at(-1)!.version
  await useKeyspace(session, address)
  if ((await versionOf(session)) === newest) return newest
  for (const table of lockTables) await session.change(table)
  const release = await takeLease(session)
  try {
    const current = await versionOf(session)
    if (current > newest) throw tooNew(current, newest)
    for (const step of steps.filter(({ version }) => version > current)) {
      for (const statement of step.statements) await session.change(statement)
      await step.move?.(session)
      const applied = "INSERT INTO schema_migrations (scope, version, applied_at) VALUES ('store', ?, ?)"
      await session.write(applied, [step.version, new Date()])
    }
    return newest
  } finally {
    await release()
  }
}

/**
 * One copy a node, at most three. Whether the keyspace is there is found by using it: the tables of the schema show what
 * another process is making a moment before it can be used.
 */
async function useKeyspace(session: Session, { keyspace, dataCenter }: CassandraAddress): Promise<void> {
  const use = () => session.change(`USE "${keyspace}"`)
  await use().catch(async (error) => {
    if (!isUnknownName(error)) throw error
    const nodes = session.client.hosts.values().filter(({ datacenter }) => datacenter === dataCenter).length
    const replication = `{'class': 'NetworkTopologyStrategy', '${dataCenter.replaceAll("'", "''")}': ${Math.min(mostReplicas, nodes)}}`
    await session.change(`CREATE KEYSPACE IF NOT EXISTS "${keyspace}" WITH replication = ${replication}`)
    await use()
  })
}

async function versionOf(session: Session): Promise<number> {
  const newest = "SELECT version FROM schema_migrations WHERE scope = 'store' LIMIT 1"
  const last = await session.first(newest).catch((error) => {
    if (!isUnknownName(error)) throw error
  })
  return last?.version ?? 0
}

/** The lock is one row that lives as long as its lease: inserting it takes it, deleting one's own gives it back. */
async function takeLease(session: Session): Promise<() => Promise<void>> {
  const holder = randomUUID()
  const take = `INSERT INTO schema_lock (name, holder) VALUES ('migration', ?) IF NOT EXISTS USING TTL ${leaseSeconds}`
  const renew = `UPDATE schema_lock USING TTL ${leaseSeconds} SET holder = ? WHERE name = 'migration' IF holder = ?`
  while (!(await session.conditional(take, [holder]))) await sleep(pollMs)
  const renewal = setInterval(() => void session.conditional(renew, [holder, holder]).catch(() => {}), renewMs)
  return async () => {
    clearInterval(renewal)
    await session.conditional("DELETE FROM schema_lock WHERE name = 'migration' IF holder = ?", [holder])
  }
}

function tooNew(found: number, newest: number): StoreError {
  return new StoreError(
    'STORE-SCHEMA',
    `The store has schema version ${found}, this program knows up to ${newest}; use a newer program or another store.`,
    { effect: 'definite', retryable: false },
  )
}
