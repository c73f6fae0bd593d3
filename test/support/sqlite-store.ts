import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FreshStore } from '../../system/stores/conformance.ts'
import { openStore } from '../../system/stores/open.ts'
import type { Store } from '../../system/stores/store.ts'

/** A SQLite store in a folder of its own. */
export async function freshSqlite(): Promise<FreshStore> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-store-'))
  const url = `sqlite:${join(folder, 'chat.db')}`
  const opened: Store[] = []
  const another = async () => {
    const store = await openStore('sqlite', url)
    opened.push(store)
    return store
  }
  const dispose = async () => {
    for (const store of opened) await store.close()
    await rm(folder, { recursive: true })
  }
  return { store: await another(), url, another, dispose }
}
