import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import { type FreshStore, runStoreCase, storeCases } from '../../../system/stores/conformance.ts'
import type { Store } from '../../../system/stores/store.ts'
import { freshSqlite } from '../../support/sqlite-store.ts'

/** A driver with one planted fault: the suite is only worth something if it finds each of them. */
interface Mutant {
  readonly fault: string
  readonly plant: (sound: Store) => Partial<Store>
}

const mutants: readonly Mutant[] = [
  {
    fault: 'stops at the first message that is stored already and forgets those behind it',
    plant: (sound) => ({
      async appendMessages(messages) {
        for (const message of messages) {
          const [stored] = await sound.readAfter(message.roomId, message.seq - 1, 1)
          if (stored?.seq === message.seq) return { refused: [] }
          await sound.appendMessages([message])
        }
        return { refused: [] }
      },
    }),
  },
  {
    fault: 'orders by the clock instead of by seq',
    plant: (sound) => ({
      async readAfter(roomId, afterSeq, limit) {
        const rows = await sound.readAfter(roomId, afterSeq, limit)
        return rows.sort((a, b) => a.acceptedAtMs - b.acceptedAtMs || (a.id < b.id ? 1 : -1))
      },
    }),
  },
  {
    fault: 'gives the last row of a page again with the next one',
    plant: (sound) => ({
      readBefore: (roomId, beforeSeq, limit) =>
        sound.readBefore(roomId, beforeSeq === undefined ? undefined : beforeSeq + 1, limit),
    }),
  },
  {
    fault: 'cuts a body at 64 KiB',
    plant: (sound) => ({
      appendMessages: (messages) => sound.appendMessages(messages.map(cutBody)),
    }),
  },
  {
    fault: 'says that a refused message was stored',
    plant: (sound) => ({
      async appendMessages(messages) {
        await sound.appendMessages(messages)
        return { refused: [] }
      },
    }),
  },
]

function cutBody(message: ChatMessage): ChatMessage {
  return { ...message, body: message.body.slice(0, 65_536) }
}

async function freshMutant(mutant: Mutant): Promise<FreshStore> {
  const fresh = await freshSqlite()
  const planted: Record<PropertyKey, unknown> = { ...mutant.plant(fresh.store) }
  const store = new Proxy(fresh.store, {
    get(sound, name) {
      const found = planted[name] ?? Reflect.get(sound, name, sound)
      return typeof found === 'function' ? found.bind(sound) : found
    },
  })
  return { ...fresh, store }
}

describe('the store suite', { concurrency: true }, () => {
  for (const mutant of mutants) {
    test(`finds a driver that ${mutant.fault}`, async (t) => {
      for (const storeCase of storeCases) {
        try {
          await runStoreCase(storeCase, () => freshMutant(mutant))
        } catch (error) {
          assert.ok(error instanceof assert.AssertionError, String(error))
          t.diagnostic(`found by: ${storeCase.name}`)
          return
        }
      }
      assert.fail('no case failed')
    })
  }
})
