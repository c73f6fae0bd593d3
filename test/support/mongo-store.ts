import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'
import type { FreshStore } from '../../system/stores/conformance.ts'
import { openStore } from '../../system/stores/open.ts'
import type { Store } from '../../system/stores/store.ts'

/** A MongoDB store in a database of its own on the server at `serverUrl`. */
export async function freshMongo(serverUrl: string): Promise<FreshStore> {
  const url = databaseUrl(serverUrl, `chat_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`)
  const opened: Store[] = []
  const another = async () => {
    const store = await openStore('mongo', url)
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
  return serverUrl.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, `$1/${database}`)
}

export async function dropDatabase(url: string): Promise<void> {
  const client = new MongoClient(url)
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}
