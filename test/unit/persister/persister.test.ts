import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import pino from 'pino'
import { Registry } from 'prom-client'
import { noCache } from '../../../system/caches/none.ts'
import { encodeDraft, persistGroup, topics } from '../../../system/chat/record.ts'
import { StoredMarks } from '../../../system/chat/stored-marks.ts'
import { editions } from '../../../system/editions/index.ts'
import { type DurableLog, LogError, type OnTrouble } from '../../../system/logs/log.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'
import type { Draft } from '../../../system/protocol/message.ts'
import { startPersister } from '../../../system/roles/persister/persister.ts'
import type { RoleContext } from '../../../system/roles/role.ts'
import { draftOf } from '../../support/drafts.ts'
import { withCalls } from '../../support/log-calls.ts'
import { MessageStore } from '../../support/message-store.ts'

const partitions = 4
const limit = { timeout: 20_000 }

async function setUp() {
  const log = openMemoryLog()
  await log.openTopic(topics.messages, partitions)
  return { log, store: new MessageStore() }
}

function contextOf(
  log: DurableLog,
  store: MessageStore,
  metrics = new Registry(),
  logger = pino({ level: 'silent' }),
): RoleContext {
  const edition = {
    ...editions.mongo,
    knobs: { ...editions.mongo.knobs, partitions, persistBatchRows: 50, persistBatchMs: 5 },
  }
  const context = { edition, nodeId: 'test', store, log, cache: noCache, metrics, logger }
  return context as unknown as RoleContext
}

/** What it marks as stored while it writes these. */
async function marksOf(store: MessageStore, log: DurableLog, sent: readonly Draft[]): Promise<number[]> {
  const storedMarks = new StoredMarks()
  const persister = await startPersister({ ...contextOf(log, store), storedMarks })
  await append(log, sent)
  await committed(log, sent.length)
  await persister.drain(5_000)
  return storedMarks.since(0).marks.map(([sentAtMs, storedAtMs]) => {
    assert.ok(Math.abs(storedAtMs - Date.now()) < 60_000)
    return sentAtMs
  })
}

test(
  'messages that say when they were sent are marked once stored, the others and refused ones are not',
  limit,
  async () => {
    const { log, store } = await setUp()
    const sent = drafts(60).map((draft, i) => (i % 3 === 0 ? { ...draft, sentAtMs: 1_000 + i } : draft))
    await store.appendMessages([{ ...sent[3]!, seq: 1, prevSeq: 0 }])
    const expected = sent.flatMap(({ sentAtMs }, i) => (sentAtMs === undefined || i === 3 ? [] : [sentAtMs]))
    assert.deepEqual((await marksOf(store, log, sent)).toSorted(), expected)
  },
)

test('says once that it has started: when the first it read is stored, not before', limit, async () => {
  const { log, store } = await setUp()
  const storedThen: number[] = []
  const persister = await startPersister(contextOf(log, store), () => storedThen.push(store.messages.length))
  assert.deepEqual(storedThen, [])
  for (const count of [3, 6]) {
    await append(log, drafts(3))
    await committed(log, count)
  }
  await persister.drain(5_000)
  assert.deepEqual(storedThen, [3])
})

async function append(log: DurableLog, drafts: readonly Draft[]): Promise<void> {
  await log.append(
    topics.messages,
    drafts.map((draft) => ({ key: draft.roomId, value: encodeDraft(draft) })),
  )
}

async function lagOf(metrics: Registry): Promise<number> {
  return (await metrics.getSingleMetric('chat_persist_lag_messages')!.get()).values[0]!.value
}

/** Resolves when the group has committed so many records in all. */
async function committed(log: DurableLog, count: number): Promise<void> {
  for (;;) {
    const offsets = await log.committedOffsets(topics.messages, persistGroup)
    if ([...offsets.values()].reduce((sum, offset) => sum + offset, 0) >= count) return
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function drafts(count: number): Draft[] {
  return Array.from({ length: count }, (_, index) => draftOf({ roomId: `room-${index % 9}` }))
}

function assertStored(store: MessageStore, sent: readonly Draft[]): void {
  assert.deepEqual(store.messages.map(({ id }) => id).toSorted(), sent.map(({ id }) => id).toSorted())
  const last = new Map<string, number>()
  for (const { roomId, seq, prevSeq } of store.messages.toSorted((a, b) => a.seq - b.seq)) {
    assert.equal(prevSeq, last.get(roomId) ?? 0, `chain of ${roomId}`)
    last.set(roomId, seq)
  }
}

describe('persister', () => {
  test('stores every record once, in batches of at most persistBatchRows, and then commits', limit, async () => {
    const { log, store } = await setUp()
    const sent = drafts(230)
    await append(log, sent)
    const persister = await startPersister(contextOf(log, store))
    await committed(log, 230)
    assertStored(store, sent)
    assert.ok(store.writes.every((rows) => rows <= 50))
    assert.deepEqual(await persister.unready(), [])
    await persister.drain(1_000)
  })

  test(
    'nothing is committed before the store has it; a store that is down is waited for and named',
    limit,
    async () => {
      const { log, store } = await setUp()
      const persister = await startPersister(contextOf(log, store))
      const failing = Promise.withResolvers<void>()
      let down = true
      store.beforeWrite = (call) => {
        if (call === 2) failing.resolve()
        if (down) throw new Error('disk on fire')
      }
      const sent = drafts(20)
      await append(log, sent)
      await failing.promise
      assert.equal((await log.committedOffsets(topics.messages, persistGroup)).size, 0)
      assert.match((await persister.unready()).join(), /store: disk on fire/)
      down = false
      await committed(log, 20)
      assertStored(store, sent)
      assert.deepEqual(await persister.unready(), [])
      await persister.close()
    },
  )

  test('a batch the store took without saying so is written again and stays single', limit, async () => {
    const { log, store } = await setUp()
    store.afterWrite = (call) => {
      if (call === 0) throw new Error('connection lost')
    }
    const sent = drafts(10)
    await append(log, sent)
    const persister = await startPersister(contextOf(log, store))
    await committed(log, 10)
    assertStored(store, sent)
    await persister.close()
  })

  test('a repeat is dropped, also when the first one was stored by another persister', limit, async () => {
    const { log, store } = await setUp()
    const [first, next] = [draftOf(), draftOf()]
    await append(log, [first])
    const before = await startPersister(contextOf(log, store))
    await committed(log, 1)
    await before.drain(1_000)
    await append(log, [{ ...first, id: 'again' }, next])
    const metrics = new Registry()
    const persister = await startPersister(contextOf(log, store, metrics))
    await committed(log, 3)
    assertStored(store, [first, next])
    const refused = await metrics.getSingleMetric('chat_persist_refused_total')!.get()
    assert.equal(refused.values[0]!.value, 0, 'the sequencer drops it, not the store')
    await persister.close()
  })

  test('records that are no messages go to chat.dead with place and reason, and block nothing', limit, async () => {
    const { log, store } = await setUp()
    const sent = drafts(2)
    await append(log, [sent[0]!])
    await log.append(topics.messages, [{ key: 'room-0', value: Buffer.from('no JSON') }])
    await append(log, [sent[1]!])
    const persister = await startPersister(contextOf(log, store))
    await committed(log, 3)
    assertStored(store, sent)
    const letters: { error: string; topic: string; original: string }[] = []
    const found = Promise.withResolvers<void>()
    await log.tail(topics.dead, new Map([[0, 0]]), (records) => {
      letters.push(...records.map(({ value }) => JSON.parse(Buffer.from(value).toString())))
      found.resolve()
    })
    await found.promise
    assert.equal(letters.length, 1)
    assert.equal(letters[0]!.topic, topics.messages)
    assert.match(letters[0]!.error, /no JSON/)
    assert.equal(Buffer.from(letters[0]!.original, 'base64').toString(), 'no JSON')
    await persister.close()
  })

  test('two persisters share the work; when one leaves nothing is lost or doubled', limit, async () => {
    const { log, store } = await setUp()
    const first = await startPersister(contextOf(log, store))
    const second = await startPersister(contextOf(log, store))
    const sent = drafts(300)
    for (let from = 0; from < 150; from += 10) await append(log, sent.slice(from, from + 10))
    await first.drain(1_000)
    for (let from = 150; from < 300; from += 10) await append(log, sent.slice(from, from + 10))
    await committed(log, 300)
    assertStored(store, sent)
    const third = await startPersister(contextOf(log, store))
    const more = drafts(100)
    await append(log, more)
    await committed(log, 400)
    assertStored(store, [...sent, ...more])
    await Promise.all([second.close(), third.close()])
  })

  test('drain finishes the batch under way; past its deadline it gives the batch up uncommitted', limit, async () => {
    const { log, store } = await setUp()
    const writing = Promise.withResolvers<void>()
    store.beforeWrite = () => {
      writing.resolve()
      throw new Error('down')
    }
    await append(log, drafts(3))
    const persister = await startPersister(contextOf(log, store))
    await writing.promise
    await persister.drain(20)
    assert.equal((await log.committedOffsets(topics.messages, persistGroup)).size, 0)
    assert.equal(store.messages.length, 0)
  })

  test('lag is what the group has not committed', limit, async (t) => {
    const { log, store } = await setUp()
    await append(log, drafts(7))
    const stuck = Promise.withResolvers<void>()
    store.beforeWrite = () => stuck.promise
    t.mock.timers.enable({ apis: ['setInterval'] })
    const metrics = new Registry()
    const persister = await startPersister(contextOf(log, store, metrics))
    while ((await lagOf(metrics)) !== 7) await new Promise((resolve) => setImmediate(resolve))
    stuck.resolve()
    await committed(log, 7)
    t.mock.timers.tick(1_000)
    while ((await lagOf(metrics)) !== 0) await new Promise((resolve) => setImmediate(resolve))
    await persister.close()
  })

  test('lag is no number before it is known, and while nobody can say', limit, async (t) => {
    const { log, store } = await setUp()
    const answer = Promise.withResolvers<void>()
    let down = false
    const asked = withCalls(log, {
      endOffsets: async (topic) => {
        await answer.promise
        if (down) throw new Error('log down')
        return log.endOffsets(topic)
      },
    })
    t.mock.timers.enable({ apis: ['setInterval'] })
    const metrics = new Registry()
    const persister = await startPersister(contextOf(asked, store, metrics))
    assert.ok(Number.isNaN(await lagOf(metrics)))
    answer.resolve()
    while ((await lagOf(metrics)) !== 0) await new Promise((resolve) => setImmediate(resolve))
    down = true
    t.mock.timers.tick(1_000)
    while ((await persister.unready()).length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.ok(Number.isNaN(await lagOf(metrics)))
    await persister.close()
  })

  test('drain waits for the write under way and commits it', limit, async () => {
    const { log, store } = await setUp()
    const [writing, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    store.beforeWrite = () => {
      writing.resolve()
      return go.promise
    }
    const sent = drafts(5)
    await append(log, sent)
    const persister = await startPersister(contextOf(log, store))
    await writing.promise
    const drained = persister.drain(10_000)
    go.resolve()
    await drained
    assertStored(store, sent)
    await committed(log, 5)
  })

  for (const end of ['drain', 'close'] as const) {
    test(`${end} ends a read-back that never comes to its end`, limit, async () => {
      const { log, store } = await setUp()
      await append(log, [draftOf()])
      const before = await startPersister(contextOf(log, store))
      await committed(log, 1)
      await before.drain(1_000)
      const [reading, closed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const asked = withCalls(log, {
        tail: async () => {
          reading.resolve()
          return { failed: new Promise<never>(() => {}), close: async () => closed.resolve() }
        },
      })
      await append(log, [draftOf()])
      const persister = await startPersister(contextOf(asked, store))
      await reading.promise
      await (end === 'drain' ? persister.drain(20) : persister.close())
      await closed.promise
      assert.equal(store.messages.length, 1)
      await committed(log, 1)
    })
  }

  test('a write that hangs does not hold up close', limit, async () => {
    const { log, store } = await setUp()
    const writing = Promise.withResolvers<void>()
    store.beforeWrite = () => {
      writing.resolve()
      return new Promise(() => {})
    }
    await append(log, drafts(3))
    const persister = await startPersister(contextOf(log, store))
    await writing.promise
    await persister.close()
    assert.equal((await log.committedOffsets(topics.messages, persistGroup)).size, 0)
  })

  test('what the store refuses as a repeat is not in the chain of the next write', limit, async () => {
    const { log, store } = await setUp()
    const [first, late, next] = [draftOf(), draftOf(), draftOf()]
    store.messages.push({ ...late, roomId: 'elsewhere', id: 'long ago', seq: 1, prevSeq: 0 })
    const fill = Array.from({ length: 48 }, () => draftOf())
    const metrics = new Registry()
    // 50 rows are one write: the refused one is its last.
    await append(log, [first, ...fill, late, next])
    const persister = await startPersister(contextOf(log, store, metrics))
    await committed(log, 51)
    store.messages.splice(0, 1)
    assertStored(store, [first, ...fill, next])
    const refused = await metrics.getSingleMetric('chat_persist_refused_total')!.get()
    assert.equal(refused.values[0]!.value, 1)
    await persister.close()
  })

  test('trouble of the reader makes it unready while it lasts, and is written once', limit, async () => {
    const { log, store } = await setUp()
    let tell: OnTrouble = () => {}
    const asked = withCalls(log, {
      consume: (topic, group, onBatch, onTrouble) => {
        tell = onTrouble!
        return log.consume(topic, group, onBatch)
      },
    })
    const written: string[] = []
    const logger = pino({ level: 'warn' }, { write: (line: string) => void written.push(line) })
    const persister = await startPersister(contextOf(asked, store, new Registry(), logger))
    const refused = new LogError('LOG-REFUSED', 'not authorised', { effect: 'definite', retryable: false })
    for (let round = 0; round < 20; round++) {
      tell(refused)
      assert.match((await persister.unready()).join(), /log: not authorised/)
      tell(undefined)
      assert.deepEqual(await persister.unready(), [])
    }
    assert.equal(written.length, 1)
    assert.match(written[0]!, /not authorised/)
    await persister.close()
  })

  test('fails for good with its reader', limit, async () => {
    const { log, store } = await setUp()
    const lost = new LogError('LOG-FAILED', 'records lost', { effect: 'definite', retryable: false })
    const asked = withCalls(log, { consume: async () => ({ failed: Promise.reject(lost), close: async () => {} }) })
    const persister = await startPersister(contextOf(asked, store))
    await assert.rejects(persister.failed, lost)
    await persister.close()
  })
})
