import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import type { FreshStore } from '../../system/stores/conformance.ts'
import { openStore } from '../../system/stores/open.ts'
import type { Store } from '../../system/stores/store.ts'

/** A PostgreSQL store in a database of its own on the server at `serverUrl`. */
export async function freshPostgres(serverUrl: string): Promise<FreshStore> {
  const url = databaseUrl(serverUrl, `chat_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`)
  const opened: Store[] = []
  const another = async () => {
    const store = await openStore('postgres', url)
    opened.push(store)
    return store
  }
  const dispose = async () => {
    for (const store of opened) await store.close()
    await dropDatabase(url)
  }
  return { store: await another(), url, another, dispose }
}

/** The address of one database on a server, whatever database the server's address names. */
export function databaseUrl(serverUrl: string, database: string): string {
  return Object.assign(new URL(serverUrl), { pathname: `/${database}` }).href
}

export async function dropDatabase(url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1)
  await onServer(databaseUrl(url, 'postgres'), [`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`])
}

/** Runs statements one after another on a connection of their own; resolves to the rows of the last one. */
export async function onServer(url: string, statements: readonly string[]): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  try {
    let rows: Record<string, unknown>[] = []
    for (const sql of statements) rows = (await client.query(sql)).rows
    return rows
  } finally {
    await client.end()
  }
}
