import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { LogError, type LoggedRecord } from '../../../system/logs/log.ts'
import { openLog } from '../../../system/logs/open.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { logUrlOf } from '../../support/log-url.ts'

const partitions = 6
const topic = 'killed'
const everything = new Map(Array.from({ length: partitions }, (_, partition) => [partition, 0]))
const senders = 4
const batchRecords = 20

/** What a reader saw, checked as it comes. */
class Seen {
  readonly texts = new Map<string, number>()
  readonly #next = new Map<number, number>()
  readonly gaps: string[] = []
  #check: () => void = () => {}

  readonly take = (records: readonly LoggedRecord[]): void => {
    for (const { partition, offset, value } of records) {
      const next = this.#next.get(partition) ?? 0
      if (offset > next) this.gaps.push(`${partition}: ${next} to ${offset}`)
      this.#next.set(partition, Math.max(next, offset + 1))
      const text = Buffer.from(value).toString()
      this.texts.set(text, (this.texts.get(text) ?? 0) + 1)
    }
    this.#check()
  }

  async untilAll(texts: readonly string[]): Promise<void> {
    const holds = () => texts.every((text) => this.texts.has(text))
    if (holds()) return
    await new Promise<void>((resolve) => {
      this.#check = () => holds() && resolve()
    })
  }
}

/** Appends batch after batch, repeating each under the same values until it is acknowledged. */
class Sender {
  readonly acked: string[] = []
  readonly errors: LogError[] = []
  #stopped = false
  #onAck: () => void = () => {}

  async run(log: ReturnType<typeof openLog>, name: string): Promise<void> {
    for (let batch = 0; !this.#stopped; batch++) {
      const texts = Array.from({ length: batchRecords }, (_, index) => `${name}/${batch}/${index}`)
      const records = texts.map((text, index) => ({ key: `room-${index}`, value: Buffer.from(text) }))
      while (!(await this.#append(log, records))) await new Promise((resolve) => setTimeout(resolve, 50))
      this.acked.push(...texts)
      this.#onAck()
    }
  }

  stop(): void {
    this.#stopped = true
  }

  async untilAcked(count: number): Promise<void> {
    if (this.acked.length >= count) return
    await new Promise<void>((resolve) => {
      this.#onAck = () => this.acked.length >= count && resolve()
    })
  }

  async #append(log: ReturnType<typeof openLog>, records: { key: string; value: Buffer }[]): Promise<boolean> {
    try {
      await log.append(topic, records)
      return true
    } catch (error) {
      assert.ok(error instanceof LogError && error.retryable, String(error))
      this.errors.push(error)
      return false
    }
  }
}

describe('kafka killed with -9 in mid-append', async () => {
  const kafka = await provide('kafka', { own: true })
  after(() => (kafka.available ? kafka.release() : undefined))
  const unhandled: unknown[] = []
  before(() => process.on('unhandledRejection', (reason) => unhandled.push(reason)))

  test('no acknowledged record is lost, and readers go on without a gap', { timeout: 180_000 }, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const log = openLog('kafka', { url: logUrlOf(kafka), nodeId: 'killed' })
    await log.openTopic(topic, partitions)
    const [tailed, consumed] = [new Seen(), new Seen()]
    const troubles = { tail: [] as (LogError | undefined)[], member: [] as (LogError | undefined)[] }
    const readers = [
      await log.tail(topic, everything, tailed.take, (error) => void troubles.tail.push(error)),
      await log.consume(
        topic,
        'persist',
        async (records) => consumed.take(records),
        (error) => void troubles.member.push(error),
      ),
    ]
    for (const reader of readers) reader.failed.catch((error) => unhandled.push(error))
    const all = Array.from({ length: senders }, () => new Sender())
    const running = all.map((sender, index) => sender.run(log, `sender-${index}`))
    for (let round = 0; round < 2; round++) {
      await Promise.all(all.map((sender) => sender.untilAcked(sender.acked.length + 40 * batchRecords)))
      await kafka.kill()
      await kafka.restart()
    }
    await Promise.all(all.map((sender) => sender.untilAcked(sender.acked.length + 10 * batchRecords)))
    for (const sender of all) sender.stop()
    await Promise.all(running)
    const acked = all.flatMap((sender) => sender.acked)
    await Promise.all([tailed.untilAll(acked), consumed.untilAll(acked)])
    assert.deepEqual([tailed.gaps, consumed.gaps], [[], []])
    for (const [reader, told] of Object.entries(troubles)) {
      assert.ok(told[0] instanceof LogError && told[0].retryable, `a ${reader} tells that the broker is gone`)
      assert.equal(told.at(-1), undefined, 'and that it reads again')
    }
    const repeated = [...tailed.texts].filter(([, times]) => times > 1)
    const effects = new Set(all.flatMap((sender) => sender.errors.map(({ effect }) => effect)))
    assert.ok(effects.has('definite'), 'a refused connection is known to have had no effect')
    assert.ok(repeated.length === 0 || effects.has('indefinite'), 'what is in the log twice was said to be uncertain')
    await log.close()
    assert.deepEqual(unhandled, [])
  })
})
