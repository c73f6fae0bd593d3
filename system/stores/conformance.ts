import { describe, type TestContext, test } from 'node:test'
import type { FreshStore, StoreCase } from './conformance/case.ts'
import { deepRoomCase } from './conformance/deep-room.ts'
import { directoryCases } from './conformance/directory.ts'
import { draftCases } from './conformance/drafts.ts'
import { handoverCases } from './conformance/handover.ts'
import { type KillableStore, runKillRounds } from './conformance/kill.ts'
import { lifetimeCases } from './conformance/lifetime.ts'
import { messageCases } from './conformance/messages.ts'
import { pagingCases } from './conformance/paging.ts'
import { redeliveryCases } from './conformance/redelivery.ts'
import { timeCases } from './conformance/times.ts'

export type { FreshStore, StoreCase } from './conformance/case.ts'
export type { KillableStore } from './conformance/kill.ts'

/** The suite every backend must pass. STORE_SUITE_ROWS: a release is tried with 1,000,000 (docs/add-a-backend.md). */
export const storeCases: readonly StoreCase[] = [
  ...messageCases,
  ...redeliveryCases,
  ...handoverCases,
  ...pagingCases,
  deepRoomCase(Number(process.env.STORE_SUITE_ROWS ?? 20_000)),
  ...timeCases,
  ...draftCases,
  ...lifetimeCases,
  ...directoryCases,
]

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

/** Rounds of kill -9 of one engine; 20 is what a release is tried with (docs/add-a-backend.md). */
const killRounds = Number(process.env.STORE_KILL_ROUNDS ?? 2)

/** Declares the rounds of kill -9. `open` gives a store with nothing in it, undefined when it skipped the test. */
export function storeKillRounds(name: string, open: (t: TestContext) => Promise<KillableStore | undefined>): void {
  test(`${name}: ${killRounds} times kill -9 between acknowledged writes loses none of them and stores none twice`, async (t) => {
    const killable = await open(t)
    if (!killable) return
    try {
      await runKillRounds(killable, killRounds)
    } finally {
      await killable.dispose()
    }
  })
}
