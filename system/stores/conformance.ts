import { describe, test } from 'node:test'
import type { FreshStore, StoreCase } from './conformance/case.ts'
import { directoryCases } from './conformance/directory.ts'
import { draftCases } from './conformance/drafts.ts'
import { lifetimeCases } from './conformance/lifetime.ts'
import { messageCases } from './conformance/messages.ts'

export type { FreshStore, StoreCase } from './conformance/case.ts'

/** The suite every backend must pass. */
export const storeCases: readonly StoreCase[] = [...messageCases, ...draftCases, ...lifetimeCases, ...directoryCases]

/** Runs one case on a fresh store. Resolves false when the driver does not make that promise. */
export async function runStoreCase(storeCase: StoreCase, open: () => Promise<FreshStore>): Promise<boolean> {
  const fresh = await open()
  try {
    const promised = storeCase.promisedBy?.(fresh.store.guarantees) ?? true
    if (promised) await storeCase.run(fresh)
    return promised
  } finally {
    await fresh.dispose()
  }
}

/** Declares the suite with node:test. `open` gives a store with nothing in it, a new one each time. */
export function storeConformance(name: string, open: () => Promise<FreshStore>): void {
  describe(`${name}: store contract`, () => {
    for (const storeCase of storeCases) {
      test(storeCase.name, async (t) => {
        if (!(await runStoreCase(storeCase, open))) t.diagnostic('not promised by this driver')
      })
    }
  })
}
