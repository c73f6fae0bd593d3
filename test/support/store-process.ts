/** The SQLite store of a process of its own, to be killed: `node store-process.ts <url>`, called over IPC. */
import { openStore } from '../../system/stores/open.ts'
import { type ErrorRecord, errorRecord } from '../../system/stores/sqlite/errors.ts'
import type { Store } from '../../system/stores/store.ts'

export interface Call {
  readonly id: number
  readonly name: keyof Store
  readonly args: readonly unknown[]
}

export interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: ErrorRecord
}

if (import.meta.main) {
  const store = await openStore('sqlite', process.argv[2]!)
  process.on('message', async ({ id, name, args }: Call) => {
    const method = store[name] as (...given: readonly unknown[]) => Promise<unknown>
    const answer: Answer = await method.apply(store, [...args]).then(
      (result) => ({ id, result }),
      (error) => ({ id, error: errorRecord(error, 'indefinite') }),
    )
    process.send!(answer)
  })
}
