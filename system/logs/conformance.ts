import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Inbox, placeOf, placesOf, record, records, textOf } from './conformance/inbox.ts'
import type { DurableLog } from './log.ts'
import { LogError } from './log.ts'

/** A log under test. `open` may be called several times: each call is another client of the same log. */
export type OpenLog = () => DurableLog | Promise<DurableLog>

const partitions = 4
const limit = { timeout: 60_000 }
const everything = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 0]))

/** Registers the suite every `DurableLog` must pass. Each case has a topic of its own. */
export function logConformance(name: string, open: OpenLog): void {
  describe(`log ${name}`, () => {
    let log: DurableLog
    before(async () => {
      log = await open()
    })
    after(() => log.close())
    const openTopic = async () => {
      const topic = `conformance.${randomUUID()}`
      await log.openTopic(topic, partitions)
      return topic
    }
    describe('append', () => appending(() => log, openTopic))
    describe('tail', () => tailing(() => log, openTopic))
    describe('consume', () => consuming(() => log, openTopic))
    test('another client of a log that crosses processes sees the same records', limit, async () => {
      if (!log.guarantees.crossProcess) return
      const topic = await openTopic()
      const [position] = await log.append(topic, records('room', 1))
      const other = await open()
      const inbox = new Inbox()
      await other.tail(topic, everything, inbox.take)
      await inbox.until(1)
      assert.deepEqual(placesOf(inbox.records), [position])
      await other.close()
    })
    test('the engine says who it is', limit, async () => {
      const { product, version } = await log.identity()
      assert.ok(product.length > 0 && version.length > 0)
    })
  })
}

/** The engine may run on a host whose clock differs. */
const otherClockMs = 60_000

function appending(log: () => DurableLog, openTopic: () => Promise<string>): void {
  test('opening a topic again yields the same topic', limit, async () => {
    const topic = await openTopic()
    const first = await log().openTopic(topic, partitions)
    assert.equal(first.partitions, partitions)
    assert.deepEqual(await log().openTopic(topic, partitions), first)
  })

  test('every record is where its position says, also when appends overlap', limit, async () => {
    const topic = await openTopic()
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 1 + (batch % 7) }, (_, index) => record(`room-${(batch + index) % 9}`, `${batch}/${index}`)),
    )
    const positions = await Promise.all(batches.map((batch) => log().append(topic, batch)))
    const inbox = new Inbox()
    const reader = await log().tail(topic, everything, inbox.take)
    await inbox.until(batches.flat().length)
    await reader.close()
    const textAt = new Map(inbox.records.map((found) => [placeOf(found), `${found.key}=${textOf(found)}`]))
    for (const [index, sent] of batches.flat().entries()) {
      assert.equal(textAt.get(placeOf(positions.flat()[index]!)), `${sent.key}=${textOf(sent)}`)
    }
    assert.equal(textAt.size, batches.flat().length, 'each record is in the log once')
  })

  test('a record says when the log took it, also to those who read it later', limit, async () => {
    const topic = await openTopic()
    const beforeMs = Date.now()
    await log().append(topic, records('room', 3))
    const afterMs = Date.now()
    const inbox = new Inbox()
    const reader = await log().tail(topic, everything, inbox.take)
    await inbox.until(3)
    await reader.close()
    for (const { loggedAtMs } of inbox.records)
      assert.ok(loggedAtMs > beforeMs - otherClockMs && loggedAtMs < afterMs + otherClockMs, `logged at ${loggedAtMs}`)
  })

  test('a key decides the partition, and its records keep their order', limit, async () => {
    const topic = await openTopic()
    const first = await log().append(topic, records('room-a', 5))
    const second = await log().append(topic, records('room-a', 5))
    const places = [...first, ...second]
    assert.equal(new Set(places.map(({ partition }) => partition)).size, 1)
    assert.deepEqual(
      places.map(({ offset }) => offset),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    )
  })

  test('an append larger than the engine takes at once is in the log once, in order', limit, async () => {
    const topic = await openTopic()
    const sent = Array.from({ length: 30 }, (_, index) => record('room', `${index}/${'x'.repeat(100_000)}`))
    const positions = await log().append(topic, sent)
    assert.deepEqual(
      positions.map(({ offset }) => offset),
      sent.map((_, index) => index),
    )
    const inbox = new Inbox()
    const reader = await log().tail(topic, everything, inbox.take)
    await inbox.until(sent.length)
    await reader.close()
    assert.deepEqual(inbox.records.map(textOf), sent.map(textOf))
  })

  test('nothing to append is no request, and arguments stay as they were', limit, async () => {
    const topic = await openTopic()
    assert.deepEqual(await log().append(topic, []), [])
    const sent = records('room', 3)
    const copy = structuredClone(sent.map(({ key, value }) => ({ key, text: textOf({ value }) })))
    await log().append(topic, Object.freeze(sent))
    assert.deepEqual(
      sent.map(({ key, value }) => ({ key, text: textOf({ value }) })),
      copy,
    )
  })

  test('a topic that is not there is a definite error that repeating does not cure', limit, async () => {
    await assert.rejects(log().append(`missing.${randomUUID()}`, records('room', 1)), (error) => {
      assert.ok(error instanceof LogError)
      assert.deepEqual([error.code, error.effect, error.retryable], ['LOG-REFUSED', 'definite', false])
      return true
    })
  })

  test('ends rise with what is appended', limit, async () => {
    const topic = await openTopic()
    assert.deepEqual(new Map([...(await log().endOffsets(topic))].sort()), everything)
    const [position] = await log().append(topic, records('room', 1))
    assert.equal((await log().endOffsets(topic)).get(position!.partition), 1)
  })
}

function tailing(log: () => DurableLog, openTopic: () => Promise<string>): void {
  test('each reader gets every record', limit, async () => {
    const topic = await openTopic()
    const inboxes = [new Inbox(), new Inbox()]
    for (const inbox of inboxes) await log().tail(topic, everything, inbox.take)
    const sent = Array.from({ length: 50 }, (_, index) => record(`room-${index % 8}`, `${index}`))
    await log().append(topic, sent)
    for (const inbox of inboxes) {
      await inbox.until(50)
      assert.deepEqual(inbox.records.map(textOf).sort(), sent.map(textOf).sort())
      inbox.assertOrdered()
    }
  })

  test('a named partition starts at its offset, any other at its end', limit, async () => {
    const topic = await openTopic()
    const [named] = await log().append(topic, records('room-a', 3))
    const otherKey = await keyOutside(log(), topic, named!.partition)
    const inbox = new Inbox()
    await log().tail(topic, new Map([[named!.partition, 1]]), inbox.take)
    await log().append(topic, [record(otherKey, 'later')])
    await inbox.until(3)
    const texts = inbox.records.map(textOf)
    assert.deepEqual(texts.toSorted(), ['1', '2', 'later'])
  })

  test('the next batch waits for the last one', limit, async () => {
    const topic = await openTopic()
    const inbox = new Inbox()
    let atOnce = 0
    await log().tail(topic, everything, async (batch) => {
      atOnce += 1
      assert.equal(atOnce, 1)
      await new Promise((resolve) => setImmediate(resolve))
      inbox.take(batch)
      atOnce -= 1
    })
    for (let round = 0; round < 20; round++) await log().append(topic, records(`room-${round}`, 2))
    await inbox.until(40)
    inbox.assertOrdered()
  })

  test('a handler that rejects ends the reader and says so', limit, async () => {
    const topic = await openTopic()
    const reader = await log().tail(topic, everything, () => Promise.reject(new Error('no more')))
    await log().append(topic, records('room', 1))
    await assert.rejects(reader.failed, /no more/)
    await reader.close()
  })

  test('nothing is handed over after close', limit, async () => {
    const topic = await openTopic()
    const inbox = new Inbox()
    const reader = await log().tail(topic, everything, inbox.take)
    await log().append(topic, records('room', 1))
    await inbox.until(1)
    await reader.close()
    const witness = new Inbox()
    await log().tail(topic, everything, witness.take)
    await log().append(topic, records('room', 1))
    await witness.until(2)
    assert.equal(inbox.records.length, 1)
  })
}

function consuming(log: () => DurableLog, openTopic: () => Promise<string>): void {
  test('a new group starts at the first record and goes on where it committed', limit, async () => {
    const topic = await openTopic()
    const [position] = await log().append(topic, records('room', 3))
    assert.equal((await log().committedOffsets(topic, 'persist')).size, 0)
    const first = new Inbox()
    const reader = await log().consume(topic, 'persist', first.takeAsync)
    await first.until(3)
    await reader.close()
    assert.equal((await log().committedOffsets(topic, 'persist')).get(position!.partition), 3)
    await log().append(topic, [record('room', 'later')])
    const second = new Inbox()
    const again = await log().consume(topic, 'persist', second.takeAsync)
    await second.until(1)
    assert.deepEqual(second.records.map(textOf), ['later'])
    await again.close()
  })

  test('a batch that was rejected is not committed and comes again', limit, async () => {
    const topic = await openTopic()
    await log().append(topic, records('room', 2))
    const inbox = new Inbox()
    let attempts = 0
    const committedAtRetry: number[] = []
    const reader = await log().consume(topic, 'persist', async (batch) => {
      attempts += 1
      if (attempts === 1) throw new Error('not yet')
      committedAtRetry.push((await log().committedOffsets(topic, 'persist')).size)
      inbox.take(batch)
    })
    await inbox.until(2)
    assert.deepEqual(inbox.records.map(textOf), ['0', '1'])
    assert.equal(committedAtRetry[0], 0)
    await reader.close()
  })

  test('members share the partitions, and a member that leaves loses nothing', limit, async () => {
    const topic = await openTopic()
    const inbox = new Inbox()
    const busy = new Set<string>()
    const join = (name: string) =>
      log().consume(topic, 'persist', async (batch) => {
        busy.add(name)
        inbox.take(batch)
      })
    const first = await join('first')
    const second = await join('second')
    let sent = 0
    // Sending goes on until both had something: when the group has settled is the engine's affair.
    while (busy.size < 2) {
      const batch = Array.from({ length: 8 }, (_, index) => record(`room-${index}`, `${sent + index}`))
      await log().append(topic, batch)
      sent += batch.length
      await inbox.untilTexts(sent)
    }
    await first.close()
    await log().append(topic, [record('room-0', `${sent}`), record('room-5', `${sent + 1}`)])
    await inbox.untilTexts(sent + 2)
    await second.close()
    const committed = [...(await log().committedOffsets(topic, 'persist')).values()]
    assert.equal(
      committed.reduce((sum, offset) => sum + offset, 0),
      sent + 2,
    )
  })
}

async function keyOutside(log: DurableLog, topic: string, partition: number): Promise<string> {
  for (let index = 0; ; index++) {
    const key = `other-${index}`
    const [position] = await log.append(topic, [record(key, 'probe')])
    if (position!.partition !== partition) return key
  }
}
