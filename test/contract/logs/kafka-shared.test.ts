import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, test } from 'node:test'
import { Admin, Consumer } from '@platformatic/kafka'
import { Inbox, textOf } from '../../../system/logs/conformance/inbox.ts'
import { LogError, type LoggedRecord } from '../../../system/logs/log.ts'
import { openLog } from '../../../system/logs/open.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { logUrlOf } from '../../support/log-url.ts'

const limit = { timeout: 120_000 }
const fromStart = new Map([[0, 0]])
const record = (text: string) => ({ key: 'room', value: Buffer.from(text) })

describe('kafka that others use too', async () => {
  const kafka = await provide('kafka')
  after(() => (kafka.available ? kafka.release() : undefined))

  test('systems of different prefixes see nothing of each other', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const [topic, group] = [`shared.${randomUUID()}`, randomUUID()]
    const logs = [`a-${randomUUID()}`, `b-${randomUUID()}`].map((prefix) =>
      openLog('kafka', { url: `${logUrlOf(kafka)}/${prefix}`, nodeId: prefix }),
    )
    t.after(() => Promise.all(logs.map((log) => log.close())))
    const ids = await Promise.all(logs.map(async (log) => (await log.openTopic(topic, 1)).id))
    assert.notEqual(ids[0], ids[1])
    for (const [index, log] of logs.entries()) {
      const [tailed, consumed] = [new Inbox(), new Inbox()]
      assert.deepEqual(await log.append(topic, [record(`of ${index}`)]), [{ partition: 0, offset: 0 }])
      await log.tail(topic, fromStart, tailed.take)
      const reader = await log.consume(topic, group, async (records) => consumed.take(records))
      for (const inbox of [tailed, consumed]) {
        await inbox.until(1)
        assert.deepEqual(inbox.records.map(textOf), [`of ${index}`])
      }
      await reader.close()
      assert.deepEqual(await log.committedOffsets(topic, group), new Map([[0, 1]]))
      assert.deepEqual(await log.endOffsets(topic), new Map([[0, 1]]))
    }
  })

  test('a member that cannot commit tells so while it reads on, and that it is over', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const [topic, group] = [`commits.${randomUUID()}`, randomUUID()]
    const log = openLog('kafka', { url: logUrlOf(kafka), nodeId: 'commits' })
    t.after(() => log.close())
    await log.openTopic(topic, 1)
    const commit = t.mock.method(Consumer.prototype, 'commit', () => Promise.reject(new Error('not authorised')))
    const [inbox, told, over] = [new Inbox(), Promise.withResolvers<LogError>(), Promise.withResolvers<void>()]
    let reads = 0
    const onTrouble = (error: LogError | undefined) => {
      if (error === undefined) over.resolve()
      // It has read since: what is told is not about reading.
      else if (reads > 1 && /^committing/.test(error.message)) told.resolve(error)
    }
    const take = async (records: readonly LoggedRecord[]) => {
      reads += 1
      inbox.take(records)
      if (reads === 1) await log.append(topic, [record('two')])
    }
    await log.consume(topic, group, take, onTrouble)
    await log.append(topic, [record('one')])
    assert.match((await told.promise).message, /not authorised/)
    commit.mock.restore()
    await over.promise
    await inbox.until(2)
    while ((await log.committedOffsets(topic, group)).get(0) !== 2)
      await new Promise((resolve) => setImmediate(resolve))
  })

  test('members that leave while the group changes stay away: who is left reads every partition', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const partitions = 4
    const [topic, group] = [`leaving.${randomUUID()}`, randomUUID()]
    const logs = Array.from({ length: 4 }, (_, i) => openLog('kafka', { url: logUrlOf(kafka), nodeId: `leaving-${i}` }))
    t.after(() => Promise.all(logs.map((log) => log.close())))
    await logs[0]!.openTopic(topic, partitions)
    const join = (index: number) => logs[index]!.consume(topic, group, async () => {})
    for (let round = 0; round < 30; round++) {
      const early = await join(1)
      // From before the coordinator is known to long after the first generation.
      await new Promise((resolve) => setTimeout(resolve, round * 5))
      const late = await join(2)
      await new Promise((resolve) => setTimeout(resolve, round * 3))
      await Promise.all([early.close(), late.close()])
    }
    const inbox = new Inbox()
    await logs[3]!.consume(topic, group, async (records) => inbox.take(records))
    const texts = Array.from({ length: 40 }, (_, i) => `${i}`)
    await logs[0]!.append(
      topic,
      texts.map((text) => ({ key: text, value: Buffer.from(text) })),
    )
    await inbox.until(texts.length)
    const admin = new Admin({ clientId: 'leaving', bootstrapBrokers: [kafka.url], retries: 3 })
    t.after(() => admin.close())
    const described = await admin.describeGroups({ groups: [group] })
    assert.equal(described.get(group)?.members.size, 1)
  })

  test('a member tells of a topic that is gone, and fails for good when it was made again', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const topic = `again.${randomUUID()}`
    const log = openLog('kafka', { url: logUrlOf(kafka), nodeId: 'again' })
    const admin = new Admin({ clientId: 'again', bootstrapBrokers: [kafka.url], retries: 3 })
    t.after(() => Promise.all([log.close(), admin.close()]))
    await log.openTopic(topic, 1)
    await log.append(topic, [record('one')])
    const [inbox, troubled] = [new Inbox(), Promise.withResolvers<LogError>()]
    const onTrouble = (error: LogError | undefined) => error && troubled.resolve(error)
    const reader = await log.consume(topic, randomUUID(), async (records) => inbox.take(records), onTrouble)
    await inbox.until(1)
    await admin.deleteTopics({ topics: [topic] })
    assert.ok((await troubled.promise) instanceof LogError)
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 })
    await assert.rejects(reader.failed, (error) => error instanceof LogError && /made again/.test(error.message))
    await reader.close()
  })
})
