import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodePublication, encodePublication } from '../../../system/fanouts/redis/channels.ts'
import { RoomFeed } from '../../../system/fanouts/redis/feed.ts'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import { draftOf } from '../../support/drafts.ts'

/** A room's messages with the seqs given, chained. */
const chain = (seqs: readonly number[], before = 0): ChatMessage[] =>
  seqs.map((seq, i) => ({ ...draftOf({ roomId: 'room' }), seq, prevSeq: seqs[i - 1] ?? before }))
const seqsOf = (messages: readonly ChatMessage[]) => messages.map(({ seq }) => seq)
const opened = (floorSeq: number) => {
  const feed = new RoomFeed()
  feed.open(floorSeq)
  return feed
}

describe('the feed of a room', () => {
  test('hands over what follows, drops what came before', () => {
    const [a, b, c] = chain([11, 14, 15], 7) as [ChatMessage, ChatMessage, ChatMessage]
    const feed = opened(10)
    assert.deepEqual(
      [a, a, b, c, b].flatMap((message) => seqsOf(feed.take(message))),
      [11, 14, 15],
    )
    assert.deepEqual([feed.shownSeq, feed.gapped], [15, false])
    assert.deepEqual(
      chain([5, 10]).flatMap((message) => feed.take(message)),
      [],
    )
  })

  test('holds what comes after a gap until the gap is filled, by whichever way', () => {
    const [a, b, c] = chain([11, 12, 13], 10) as [ChatMessage, ChatMessage, ChatMessage]
    const late = opened(10)
    assert.deepEqual([seqsOf(late.take(a)), late.take(c), late.gapped], [[11], [], true])
    assert.deepEqual([seqsOf(late.take(b)), late.gapped], [[12, 13], false])
    const stored = opened(10)
    stored.take(c)
    assert.deepEqual(seqsOf(stored.repair([a, b], undefined)), [11, 12, 13])
  })

  test('shows nothing before it is known where the room is followed from, then what is above that', () => {
    const feed = new RoomFeed()
    for (const message of chain([11, 12, 13], 10)) assert.deepEqual(feed.take(message), [])
    assert.deepEqual([feed.repair(chain([11]), 11), feed.wholeSeq], [[], undefined])
    assert.deepEqual(seqsOf(feed.open(12)), [13])
  })

  test('passes a message the store refused, once the store has said all it has', () => {
    const [a, refused, b] = chain([11, 12, 13], 10) as [ChatMessage, ChatMessage, ChatMessage]
    const feed = opened(10)
    feed.take(a)
    // The relay does not know of the refusal: its next message names the refused one.
    assert.deepEqual([feed.take(b), refused.seq], [[], 12])
    assert.deepEqual(feed.repair([], undefined), [])
    assert.deepEqual(seqsOf(feed.repair([b], 13)), [13])
    assert.equal(feed.gapped, false)
  })

  test('stays gapped by what came above the end that a repair covers', () => {
    const [a, b, c, d] = chain([11, 12, 13, 14], 10) as [ChatMessage, ChatMessage, ChatMessage, ChatMessage]
    const feed = opened(10)
    feed.take(d)
    assert.deepEqual(seqsOf(feed.repair([a, b], 12)), [11, 12])
    assert.equal(feed.gapped, true)
    assert.deepEqual(seqsOf(feed.repair([c], 14)), [13, 14])
  })

  test('bounds what it holds, and knows that there was more', () => {
    const all = chain(
      Array.from({ length: 3_000 }, (_, i) => 11 + i),
      10,
    )
    const feed = opened(10)
    for (const message of all.slice(1)) assert.deepEqual(feed.take(message), [])
    const shown = feed.repair(all.slice(0, 100), undefined)
    assert.ok(shown.length <= 1_101)
    assert.equal(feed.gapped, true)
    const rest = feed.repair(all, all.at(-1)!.seq)
    assert.deepEqual(seqsOf([...shown, ...rest]), seqsOf(all))
    assert.equal(feed.gapped, false)
  })

  test('shows every message above the floor once and in order, whatever is lost, repeated and late', () => {
    const wholeRoom = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 60 })
    const run = fc.record({
      seqs: wholeRoom,
      floor: fc.integer({ min: 0, max: 400 }),
      order: fc.array(fc.nat({ max: 59 }), { maxLength: 120 }),
      repairs: fc.array(fc.record({ at: fc.nat({ max: 119 }), stored: fc.nat({ max: 60 }), whole: fc.boolean() })),
    })
    fc.assert(
      fc.property(run, ({ seqs, floor, order, repairs }) => {
        const room = chain(seqs.toSorted((a, b) => a - b))
        const feed = new RoomFeed()
        const shown: ChatMessage[] = []
        order.forEach((index, i) => {
          const message = room[index]
          if (message !== undefined) shown.push(...feed.take(message))
          if (i === 5) shown.push(...feed.open(floor))
          for (const { at, stored, whole } of repairs) {
            if (at !== i || feed.wholeSeq === undefined) continue
            const above = room.slice(0, stored).filter(({ seq }) => seq > feed.wholeSeq!)
            // Whole only up to what the store has.
            const end = room[Math.min(stored, room.length) - 1]?.seq ?? 0
            shown.push(...feed.repair(above, whole ? end : undefined))
          }
        })
        if (feed.wholeSeq === undefined) shown.push(...feed.open(floor))
        const rest = room.filter(({ seq }) => seq > feed.wholeSeq!)
        shown.push(...feed.repair(rest, 1_000))
        assert.deepEqual(seqsOf(shown), seqsOf(room.filter(({ seq }) => seq > floor)))
      }),
    )
  })
})

test('a publication is read as it was written, and nothing else is one', () => {
  const messages = chain([1, 5], 0)
  assert.deepEqual(decodePublication(encodePublication(messages)), messages)
  for (const text of ['', '{', 'null', '{"v":2,"messages":[]}', '{"v":1}', '{"v":1,"messages":[{"id":"a"}]}'])
    assert.equal(decodePublication(text), undefined)
})
