import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { pino } from 'pino'
import { encodeDraft, persistGroup, topics } from '../../../system/chat/record.ts'
import { Sequencer } from '../../../system/chat/sequencer.ts'
import { fanoutConformance } from '../../../system/fanouts/conformance.ts'
import { openLogFanout } from '../../../system/fanouts/log.ts'
import { type DurableLog, LogError, type OnTrouble } from '../../../system/logs/log.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'
import type { ChatMessage, Draft } from '../../../system/protocol/message.ts'
import { draftOf } from '../../support/drafts.ts'
import { withCalls } from '../../support/log-calls.ts'
import { logFanoutUnderTest } from '../../support/log-fanout.ts'
import { MessageStore } from '../../support/message-store.ts'

fanoutConformance('log over memory', async () => logFanoutUnderTest(openMemoryLog()))

const partitions = 2
const logger = pino({ level: 'silent' })

async function append(log: DurableLog, drafts: readonly Draft[]): Promise<void> {
  await log.append(
    topics.messages,
    drafts.map((draft) => ({ key: draft.roomId, value: encodeDraft(draft) })),
  )
}

/** Stores what is in the log now and commits it, as a persister would, then leaves. */
async function persistAll(log: DurableLog, store: MessageStore, count: number): Promise<void> {
  const topic = await log.openTopic(topics.messages, partitions)
  const sequencer = new Sequencer({
    epoch: await store.logEpoch(topic.id),
    lastSeqs: (positions) => store.lastSeqs(positions),
    onDead: () => {},
  })
  const { promise, resolve } = Promise.withResolvers<void>()
  let taken = 0
  const reader = await log.consume(topics.messages, persistGroup, async (records) => {
    await store.appendMessages(await sequencer.take(records))
    taken += records.length
    if (taken >= count) resolve()
  })
  await promise
  await reader.close()
}

/** Subscribes and resolves with the messages once `count` came. */
async function collect(log: DurableLog, store: MessageStore) {
  const messages: ChatMessage[] = []
  let check = () => {}
  const fanout = openLogFanout({ log, store, partitions, logger })
  await fanout.subscribe({
    onMessages: (batch) => {
      messages.push(...batch)
      check()
    },
    onSignals: () => {},
  })
  const until = (count: number) =>
    new Promise<ChatMessage[]>((resolve) => {
      check = () => messages.length >= count && resolve(messages)
      check()
    })
  return { fanout, until, close: () => fanout.close() }
}

describe('start of the log fan-out', () => {
  test('the first message of a room known only to the store names the stored one', async () => {
    const [log, store] = [openMemoryLog(), new MessageStore()]
    await log.openTopic(topics.messages, partitions)
    await append(log, [draftOf(), draftOf()])
    await persistAll(log, store, 2)
    const inbox = await collect(log, store)
    await append(log, [draftOf()])
    const [message] = await inbox.until(1)
    assert.equal(message!.prevSeq, store.messages[1]!.seq)
    await inbox.close()
  })

  test('while the persister is behind, records above its offset are sequenced but not delivered', async () => {
    const [log, store] = [openMemoryLog(), new MessageStore()]
    await log.openTopic(topics.messages, partitions)
    await append(log, [draftOf()])
    await persistAll(log, store, 1)
    await append(log, [draftOf(), draftOf()])
    const inbox = await collect(log, store)
    const last = draftOf()
    await append(log, [last])
    const messages = await inbox.until(1)
    assert.deepEqual(
      messages.map(({ id, seq, prevSeq }) => ({ id, step: seq - prevSeq })),
      [{ id: last.id, step: 1 }],
    )
    await inbox.close()
  })

  test('a repeat of a message that is stored already is not delivered', async () => {
    const [log, store] = [openMemoryLog(), new MessageStore()]
    await log.openTopic(topics.messages, partitions)
    const first = draftOf()
    await append(log, [first])
    await persistAll(log, store, 1)
    const inbox = await collect(log, store)
    const next = draftOf()
    await append(log, [{ ...first, id: 'again' }, next])
    const messages = await inbox.until(1)
    assert.deepEqual(
      messages.map(({ id }) => id),
      [next.id],
    )
    await inbox.close()
  })

  test('a store that is down for a while delays a room it must be asked for, and loses nothing', async () => {
    const [log, store] = [openMemoryLog(), new MessageStore()]
    await log.openTopic(topics.messages, partitions)
    const inbox = await collect(log, store)
    let failures = 2
    const reasons: string[][] = []
    store.beforeRead = () => {
      reasons.push(inbox.fanout.unready())
      if (failures-- > 0) throw new Error('store down')
    }
    await append(log, [draftOf()])
    assert.equal((await inbox.until(1)).length, 1)
    assert.deepEqual(reasons, [[], ['store: store down'], ['store: store down']])
    assert.deepEqual(inbox.fanout.unready(), [])
    await inbox.close()
  })

  test('trouble of either reader is a reason of its own, until it is over', async () => {
    const [log, store] = [openMemoryLog(), new MessageStore()]
    const tell = new Map<string, OnTrouble>()
    const asked = withCalls(log, {
      tail: (topic, from, onBatch, onTrouble) => {
        tell.set(topic, onTrouble!)
        return log.tail(topic, from, onBatch)
      },
    })
    const inbox = await collect(asked, store)
    assert.deepEqual(inbox.fanout.unready(), [])
    const away = (topic: string) => new LogError('LOG-UNREACHABLE', topic, { effect: 'definite', retryable: true })
    for (const topic of [topics.messages, topics.signals]) tell.get(topic)!(away(topic))
    assert.deepEqual(inbox.fanout.unready().toSorted(), [`log: ${topics.messages}`, `log: ${topics.signals}`])
    tell.get(topics.signals)!(undefined)
    assert.deepEqual(inbox.fanout.unready(), [`log: ${topics.messages}`])
    tell.get(topics.messages)!(undefined)
    assert.deepEqual(inbox.fanout.unready(), [])
    await inbox.close()
  })
})
