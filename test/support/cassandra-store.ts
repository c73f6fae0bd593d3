import { randomUUID } from 'node:crypto'
import { after } from 'node:test'
import { readCassandraUrl } from '../../system/stores/cassandra/address.ts'
import { Session } from '../../system/stores/cassandra/session.ts'
import type { FreshStore } from '../../system/stores/conformance.ts'
import { openStore } from '../../system/stores/open.ts'
import type { Store } from '../../system/stores/store.ts'

/** Keyspaces that were given back, empty again: making and dropping one takes seconds, emptying it a fifth of one. */
const spare = new Map<string, string[]>()

after(async () => {
  for (const url of [...spare.values()].flat()) await dropKeyspace(url)
})

/** A Cassandra store with nothing in it, in a keyspace that is nobody else's meanwhile, on the engine at `serverUrl`. */
export async function freshCassandra(serverUrl: string): Promise<FreshStore> {
  const keyspace = `chat_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`
  const url = spare.get(serverUrl)?.pop() ?? keyspaceUrl(serverUrl, keyspace)
  const opened: Store[] = []
  const another = async () => {
    const store = await openStore('cassandra', url)
    opened.push(store)
    return store
  }
  const dispose = async () => {
    for (const store of opened) await store.close()
    await empty(url)
    spare.set(serverUrl, [...(spare.get(serverUrl) ?? []), url])
  }
  return { store: await another(), url, another, dispose }
}

/** The address of one keyspace on an engine, whatever keyspace the engine's address names. */
export function keyspaceUrl(serverUrl: string, keyspace: string): string {
  return Object.assign(new URL(serverUrl), { pathname: `/${keyspace}` }).href
}

export async function dropKeyspace(url: string): Promise<void> {
  await inSession(url, (session, keyspace) => session.change(`DROP KEYSPACE IF EXISTS "${keyspace}"`))
}

async function empty(url: string): Promise<void> {
  await inSession(url, async (session, keyspace) => {
    const tables = await session.rows('SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?', [keyspace])
    const filled = tables.map((row) => row.table_name as string).filter((name) => !name.startsWith('schema_'))
    for (const table of filled) await session.change(`TRUNCATE "${keyspace}".${table}`)
  })
}

/** Runs `work` in a session of its own. */
export async function inSession(
  url: string,
  work: (session: Session, keyspace: string) => Promise<unknown>,
): Promise<void> {
  const address = readCassandraUrl(url)
  const session = new Session(address)
  try {
    await session.client.connect()
    await work(session, address.keyspace)
  } finally {
    await session.client.shutdown()
  }
}
