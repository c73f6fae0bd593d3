import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { encodeDraft, persistGroup, topics } from '../../../system/chat/record.ts'
import { seqOf } from '../../../system/chat/sequencer.ts'
import { openMemoryFanout } from '../../../system/fanouts/memory.ts'
import type { DurableLog } from '../../../system/logs/log.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'
import { ChatError, type ErrorCode } from '../../../system/protocol/errors.ts'
import { Receipts } from '../../../system/roles/receipts.ts'
import type { RoleContext } from '../../../system/roles/role.ts'
import { draftOf } from '../../support/drafts.ts'
import { MessageStore } from '../../support/message-store.ts'

const isCoded = (code: ErrorCode) => (error: unknown) => error instanceof ChatError && error.code === code

/** A process that reads no log itself, as one with the role api alone, and one message in the log. */
async function setUp() {
  const log = openMemoryLog()
  await log.openTopic(topics.messages, 1)
  const draft = draftOf()
  const [place] = await log.append(topics.messages, [{ key: draft.roomId, value: encodeDraft(draft) }])
  const message = { ...draft, seq: seqOf(1, place!.offset), prevSeq: 0 }
  const store = new MessageStore()
  const raised: number[] = []
  const directory = {
    raiseReceipt: async (_room: string, _user: string, _kind: string, seq: number) => raised.push(seq),
  }
  const receiptsOver = (of: DurableLog) =>
    new Receipts({
      log: of,
      fanout: openMemoryFanout(),
      store: Object.assign(store, { directory }),
    } as unknown as RoleContext)
  const mark = (uptoSeq: number) => ({ roomId: draft.roomId, userId: 'user', kind: 'read' as const, uptoSeq })
  return { log, store, message, raised, receiptsOver, mark }
}

describe('receipts in a process that did not deliver the message', () => {
  test('wait for the store when the message may still be on its way there', async () => {
    const { log, store, message, raised, receiptsOver, mark } = await setUp()
    const raising = receiptsOver(log).raise(mark(message.seq))
    const early = await Promise.race([raising, new Promise((resolve) => setImmediate(resolve, 'waits'))])
    assert.deepEqual([early, raised], ['waits', []])
    await log.consume(topics.messages, persistGroup, async () => void (await store.appendMessages([message])))
    await raising
    assert.deepEqual(raised, [message.seq])
    await assert.rejects(receiptsOver(log).raise(mark(message.seq + 1)), isCoded('MSG-400'))
    assert.deepEqual(raised, [message.seq])
    await log.close()
  })

  test('are to be repeated when nobody can tell, and what is stored needs nobody', async () => {
    const { log, store, message, raised, receiptsOver, mark } = await setUp()
    const away = { endOffsets: () => Promise.reject(new Error('away')) } as unknown as DurableLog
    const receipts = receiptsOver(away)
    await assert.rejects(receipts.raise(mark(message.seq)), isCoded('SYS-503'))
    assert.deepEqual(raised, [])
    await store.appendMessages([message])
    await receipts.raise(mark(message.seq))
    assert.deepEqual(raised, [message.seq])
    await log.close()
  })
})
