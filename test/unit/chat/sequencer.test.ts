import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { encodeDraft } from '../../../system/chat/record.ts'
import { type PlacedRecord, Sequencer, seqOf, warmStart } from '../../../system/chat/sequencer.ts'
import type { ChatMessage } from '../../../system/protocol/message.ts'

const generation = 8
const epoch = 3
const partitions = 2

/** One record of a generated log; rooms belong to a partition, as their key decides it. */
interface Line {
  readonly room: number
  readonly sender: number
  readonly name: number
  readonly readable: boolean
}

const line: fc.Arbitrary<Line> = fc.record({
  room: fc.nat(5),
  sender: fc.nat(2),
  name: fc.nat(9),
  readable: fc.nat(19).map((roll) => roll > 0),
})
const lines = fc.array(line, { minLength: 1, maxLength: 90, size: 'max' })
const fractions = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))

function toLog(written: readonly Line[]): PlacedRecord[] {
  const next = [0, 0]
  return written.map(({ room, sender, name, readable }, index) => {
    const partition = room % partitions
    const roomId = `room-${room}`
    const draft = {
      id: `id-${index}`,
      roomId,
      senderId: `user-${sender}`,
      nickname: 'n',
      clientMessageId: `c-${name}`,
      type: 'TALK' as const,
      body: 'b',
      acceptedAtMs: index,
    }
    const value = readable ? encodeDraft(draft) : Buffer.from('{"v":1}')
    return { key: roomId, value, partition, offset: next[partition]!++ }
  })
}

function sequencer(stored: readonly ChatMessage[] = [], dead: PlacedRecord[] = []): Sequencer {
  return new Sequencer({
    epoch,
    generationRecords: generation,
    lastSeqs: async (positions) =>
      positions.map(({ roomId, belowSeq }) =>
        Math.max(0, ...stored.filter((m) => m.roomId === roomId && m.seq < belowSeq).map(({ seq }) => seq)),
      ),
    onDead: (record) => dead.push(record),
  })
}

/** Takes the log in batches of the sizes given, over and over. */
async function takeInBatches(taker: Sequencer, log: readonly PlacedRecord[], sizes: readonly number[]) {
  const messages: ChatMessage[] = []
  for (let from = 0, turn = 0; from < log.length; turn++) {
    const size = sizes[turn % sizes.length]!
    messages.push(...(await taker.take(log.slice(from, from + size))))
    from += size
  }
  return messages
}

const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 })

describe('sequencer', () => {
  test('how the log is cut into batches does not matter', async () => {
    const property = fc.asyncProperty(lines, sizes, async (written, cuts) => {
      const log = toLog(written)
      assert.deepEqual(await takeInBatches(sequencer(), log, cuts), await sequencer().take(log))
    })
    await fc.assert(property)
  })

  test('a sequencer that starts anywhere, warmed, agrees with one that saw everything', async () => {
    const property = fc.asyncProperty(lines, fractions, fractions, sizes, async (written, starts, ahead, cuts) => {
      const log = toLog(written)
      const all = await sequencer().take(log)
      const lengthOf = (partition: number) => log.filter((record) => record.partition === partition).length
      const committed = starts.map((part, partition) => Math.floor(part * lengthOf(partition)))
      // The store holds everything below the committed offset, and any part of what follows.
      const storedBelow = committed.map(
        (offset, partition) => offset + Math.floor(ahead[partition]! * (lengthOf(partition) - offset)),
      )
      const placeOf = new Map(log.map((record) => [`${record.key}/${seqOf(epoch, record.offset)}`, record]))
      const recordOf = (message: ChatMessage) => placeOf.get(`${message.roomId}/${message.seq}`)!
      const stored = all.filter((message) => recordOf(message).offset < storedBelow[recordOf(message).partition]!)
      const late = sequencer(stored)
      const isBelow = ({ partition, offset }: PlacedRecord) => offset < committed[partition]!
      late.warm(log.filter((r) => isBelow(r) && r.offset >= warmStart(committed[r.partition]!, generation)))
      const rest = log.filter((record) => !isBelow(record))
      const expected = all.filter((message) => !isBelow(recordOf(message)))
      assert.deepEqual(await takeInBatches(late, rest, cuts), expected)
    })
    await fc.assert(property, { numRuns: 300 })
  })

  test('records that come again have no effect', async () => {
    const property = fc.asyncProperty(lines, sizes, fc.nat(30), async (written, cuts, back) => {
      const log = toLog(written)
      const taker = sequencer()
      const messages: ChatMessage[] = []
      for (let from = 0, turn = 0; from < log.length; turn++) {
        const until = from + cuts[turn % cuts.length]!
        messages.push(...(await taker.take(log.slice(Math.max(0, from - back), until))))
        from = until
      }
      assert.deepEqual(messages, await sequencer().take(log))
    })
    await fc.assert(property)
  })

  test('per room seq rises, prevSeq names the message before, and no identity comes twice in a window', async () => {
    const property = fc.asyncProperty(lines, async (written) => {
      const log = toLog(written)
      const dead: PlacedRecord[] = []
      const messages = await sequencer([], dead).take(log)
      const lastSeq = new Map<string, number>()
      for (const { roomId, seq, prevSeq } of messages) {
        assert.equal(prevSeq, lastSeq.get(roomId) ?? 0)
        assert.ok(seq > prevSeq && Number.isSafeInteger(seq))
        lastSeq.set(roomId, seq)
      }
      assert.deepEqual(
        messages.map(({ id }) => id),
        referenceIds(log),
      )
      assert.equal(dead.length, written.filter(({ readable }) => !readable).length)
    })
    await fc.assert(property)
  })

  test('an identity beyond a hole of two generations is new', async () => {
    const [first] = toLog([{ room: 0, sender: 0, name: 0, readable: true }])
    const messages = await sequencer().take([first!, { ...first!, offset: 2 * generation }])
    assert.equal(messages.length, 2)
  })

  test('without what the store refused, the chain is unbroken wherever nothing was taken in between', async () => {
    const refusals = fc.array(fc.boolean(), { minLength: 90, maxLength: 90 })
    const property = fc.asyncProperty(lines, refusals, sizes, async (written, isRefused, cuts) => {
      const log = toLog(written)
      const taker = sequencer()
      const lastStored = new Map<string, number>()
      for (let from = 0, turn = 0; from < log.length; turn++) {
        const until = from + cuts[turn % cuts.length]!
        const messages = await taker.take(log.slice(from, until))
        const firstOfRooms = messages.filter(
          (message, index) => messages.findIndex(({ roomId }) => roomId === message.roomId) === index,
        )
        for (const { roomId, prevSeq } of firstOfRooms) assert.equal(prevSeq, lastStored.get(roomId) ?? 0)
        // Only the last ones of a room: what a later one of the same write names stays named.
        const refused = messages.filter(({ seq, roomId }) =>
          messages.every((other) => other.roomId !== roomId || other.seq < seq || isRefused[Number(other.id.slice(3))]),
        )
        taker.refused(refused)
        for (const message of messages) {
          if (!refused.includes(message)) lastStored.set(message.roomId, message.seq)
        }
        from = until
      }
    })
    await fc.assert(property)
  })

  test('a refused message that a later one names already stays named', async () => {
    const taker = sequencer()
    const log = toLog(Array.from({ length: 3 }, (_, name) => ({ room: 0, sender: 0, name, readable: true })))
    const [first, second] = await taker.take(log.slice(0, 2))
    taker.refused([first!])
    const [third] = await taker.take(log.slice(2))
    assert.deepEqual([second!.prevSeq, third!.prevSeq], [first!.seq, second!.seq])
  })

  test('a look-up that fails takes nothing: the same call may be repeated', async () => {
    const log = toLog(Array.from({ length: 4 }, (_, name) => ({ room: name, sender: 0, name, readable: true })))
    let down = true
    const taker = new Sequencer({
      epoch,
      lastSeqs: async (positions) => {
        if (down) throw new Error('store down')
        return positions.map(() => 0)
      },
      onDead: () => {},
    })
    await assert.rejects(taker.take(log), /store down/)
    down = false
    assert.equal((await taker.take(log)).length, 4)
  })
})

/** The rule said in the plainest way: earlier record of the same identity in this generation or the one before. */
function referenceIds(log: readonly PlacedRecord[]): string[] {
  const read = log.flatMap((record) => {
    const draft = JSON.parse(Buffer.from(record.value).toString())
    return draft.id === undefined ? [] : [{ ...record, draft }]
  })
  const generationOf = (offset: number) => Math.floor(offset / generation)
  return read
    .filter(
      (one) =>
        !read.some(
          (other) =>
            other.partition === one.partition &&
            other.offset < one.offset &&
            generationOf(other.offset) >= generationOf(one.offset) - 1 &&
            other.draft.senderId === one.draft.senderId &&
            other.draft.clientMessageId === one.draft.clientMessageId,
        ),
    )
    .map(({ draft }) => draft.id)
}
