import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ChatError } from '../../../system/protocol/errors.ts'
import { deepRoomCase } from '../../../system/stores/conformance/deep-room.ts'
import { handoverCases } from '../../../system/stores/conformance/handover.ts'
import { runKillRounds } from '../../../system/stores/conformance/kill.ts'
import { messageCases } from '../../../system/stores/conformance/messages.ts'
import { pagingCases } from '../../../system/stores/conformance/paging.ts'
import { redeliveryCases } from '../../../system/stores/conformance/redelivery.ts'
import { timeCases } from '../../../system/stores/conformance/times.ts'
import { runStoreCase, storeCases } from '../../../system/stores/conformance.ts'
import { StoreError } from '../../../system/stores/store.ts'
import { brokenKills, killableInMemory } from '../../support/broken-kills.ts'
import { brokenReads } from '../../support/broken-reads.ts'
import { freshBroken } from '../../support/broken-store.ts'
import { brokenWrites } from '../../support/broken-writes.ts'

/** Deep enough to find a driver that searches, shallow enough for one that searches to come to an end. */
const smallDeepRoom = deepRoomCase(3_000)

const brokenStores = [...brokenWrites, ...brokenReads]

/** What a case throws at a fault it found; anything else is a fault of the plant. */
function isFinding(error: unknown): boolean {
  const found = [assert.AssertionError, StoreError, ChatError].some((kind) => error instanceof kind)
  assert.ok(found, String(error))
  return true
}

/** The suite is only worth something if it finds each of these drivers, and by the case that is there for it. */
describe('the store suite finds a driver that', { concurrency: 4 }, () => {
  for (const broken of brokenStores) {
    test(broken.fault, async () => {
      const storeCase = [smallDeepRoom, ...storeCases].find(({ name }) => name === broken.foundBy)
      assert.ok(storeCase, `the suite has no case "${broken.foundBy}"`)
      await assert.rejects(
        runStoreCase(storeCase, () => freshBroken(broken)),
        isFinding,
      )
    })
  }
})

test('every case about messages has a driver that it finds', () => {
  const finders = new Set(brokenStores.map(({ foundBy }) => foundBy))
  const cases = [...messageCases, ...redeliveryCases, ...handoverCases, ...pagingCases, ...timeCases]
  assert.deepEqual(
    cases.map(({ name }) => name).filter((name) => !finders.has(name)),
    [],
  )
})

describe('the rounds of kill -9', () => {
  test('pass a store that keeps what it acknowledged', async () => {
    await runKillRounds(killableInMemory(), 3)
  })
  for (const { fault, foundAs, plant } of brokenKills) {
    test(`find a driver that ${fault}`, async () => {
      await assert.rejects(runKillRounds(killableInMemory(plant), 3), foundAs)
    })
  }
})
