import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isWholePage } from '../../../system/caches/cache.ts'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import { draftOf } from '../../support/drafts.ts'

/** Messages of a room, highest seq first, each naming the one before. */
const page = (...pairs: readonly (readonly [seq: number, prevSeq: number])[]): ChatMessage[] =>
  pairs.map(([seq, prevSeq]) => ({ ...draftOf({ roomId: 'room' }), seq, prevSeq }))

const cases: readonly [what: string, messages: ChatMessage[], lastSeq: number, limit: number, whole: boolean][] = [
  ['full and up to date', page([9, 7], [7, 4]), 9, 2, true],
  ['ahead of the seq that was asked before it', page([12, 9], [9, 7]), 9, 2, true],
  ['the whole of a short room', page([3, 2], [2, 0]), 3, 50, true],
  ['behind the store', page([9, 7], [7, 4]), 10, 2, false],
  ['with a gap', page([9, 8], [7, 4]), 9, 2, false],
  ['too short for a room that has more', page([9, 7], [7, 4]), 9, 3, false],
  ['empty', page(), 0, 50, false],
]

for (const [what, messages, lastSeq, limit, whole] of cases) {
  test(`a page that is ${what} is ${whole ? 'taken' : 'asked of the store'}`, () => {
    assert.equal(isWholePage(messages, lastSeq, limit), whole)
  })
}
