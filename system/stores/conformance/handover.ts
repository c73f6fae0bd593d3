import assert from 'node:assert/strict'
import type { ChatMessage } from '../../protocol/message.ts'
import type { StoreCase } from './case.ts'
import { message, messages, wholeRoom } from './samples.ts'

const rooms = ['room-1', 'room-2', 'room-3']
const multiProcess: Pick<StoreCase, 'promisedBy'> = { promisedBy: (guarantees) => guarantees.multiProcess }

/** A log partition of several rooms in which every 17th record repeats the identity of the one 9 before it. */
function partition(records: number): { log: ChatMessage[]; repeats: ReadonlySet<ChatMessage> } {
  const log: ChatMessage[] = []
  const repeats = new Set<ChatMessage>()
  for (let k = 0; k < records; k++) {
    const repeat = k % 17 === 16
    const clientMessageId = repeat ? log[k - 9]!.clientMessageId : `c-${k}`
    const prevSeq = k < rooms.length ? 0 : k - rooms.length + 1
    log.push(message(k + 1, { roomId: rooms[k % rooms.length]!, clientMessageId, prevSeq }))
    if (repeat) repeats.add(log[k]!)
  }
  return { log, repeats }
}

/** What happens when a partition changes hands: the old persister still writes what the new one writes too. */
export const handoverCases: readonly StoreCase[] = [
  {
    ...multiProcess,
    name: 'one batch written by two processes at once is stored once',
    async run({ store, another }) {
      const second = await another()
      const batch = messages(50)
      const results = await Promise.all([store, second, store, second].map((each) => each.appendMessages(batch)))
      assert.deepEqual(results, Array(4).fill({ refused: [] }))
      assert.deepEqual(await wholeRoom(store), batch)
      await second.close()
    },
  },
  {
    ...multiProcess,
    name: 'while a partition changes hands each message is stored once and both writers are told the same refused',
    async run({ store, another }) {
      const second = await another()
      const { log, repeats } = partition(300)
      for (let from = 0, round = 0; from < log.length; from += 20, round++) {
        const [old, young] = round % 2 === 0 ? [store, second] : [second, store]
        const batches = [log.slice(from, from + 20), log.slice(from, from + 20 + (round % 5) * 4)]
        const written = await Promise.all([old.appendMessages(batches[0]!), young.appendMessages(batches[1]!)])
        const refused = batches.map((batch) => ({ refused: batch.filter((each) => repeats.has(each)) }))
        assert.deepEqual(written, refused)
      }
      for (const roomId of rooms) {
        const expected = log.filter((each) => each.roomId === roomId && !repeats.has(each))
        assert.deepEqual(await wholeRoom(second, roomId, 50), expected)
      }
      await second.close()
    },
  },
  {
    ...multiProcess,
    name: 'an old writer that wakes up late changes nothing of what the new one stored',
    async run({ store, another }) {
      const second = await another()
      const batch = messages(30)
      await store.appendMessages(batch.slice(0, 12))
      await second.appendMessages(batch)
      assert.deepEqual(await store.appendMessages(batch.slice(0, 20)), { refused: [] })
      assert.deepEqual(await wholeRoom(second), batch)
      assert.deepEqual(await wholeRoom(store), batch)
      await second.close()
    },
  },
]
