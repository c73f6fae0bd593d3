import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { Admin } from '@platformatic/kafka'
import { logUrlOf, namespaceOf, removeTopics } from '../../../lab/run/reference/given.ts'
import { openLog } from '../../../system/logs/open.ts'
import { provide, skipOrFail } from '../../support/components.ts'

const kafka = await provide('kafka')
after(() => (kafka.available ? kafka.release() : undefined))

/** A run's log with one message that its group has committed. */
async function leaveTraces(url: string, namespace: string): Promise<void> {
  const log = openLog('kafka', { url: logUrlOf({ url, origin: 'given' }, namespace), nodeId: namespace })
  await log.openTopic('chat.messages', 2)
  await log.openTopic('chat.signals', 1)
  await log.append('chat.messages', [{ key: 'room', value: Buffer.from('x') }])
  const { promise, resolve } = Promise.withResolvers<void>()
  const reader = await log.consume('chat.messages', 'persist', async () => resolve())
  await promise
  await reader.close()
  await log.close()
}

test('a run removes its own topics and group from a Kafka that others use too', { timeout: 120_000 }, async (t) => {
  if (!skipOrFail(t, kafka)) return
  const runId = randomUUID()
  // The other's name begins with ours.
  const [ours, other] = [runId, `${runId}2`].map(namespaceOf) as [string, string]
  await leaveTraces(kafka.url, ours)
  await leaveTraces(kafka.url, other)
  await removeTopics(kafka.url, ours)
  const admin = new Admin({ clientId: 'look', bootstrapBrokers: [kafka.url], retries: 3 })
  t.after(() => admin.close())
  const ofRuns = (names: Iterable<string>) => [...names].filter((name) => name.startsWith(ours)).toSorted()
  assert.deepEqual(ofRuns(await admin.listTopics()), [`${other}.chat.messages`, `${other}.chat.signals`])
  assert.deepEqual(ofRuns((await admin.listGroups()).keys()), [`${other}.persist`])
  await removeTopics(kafka.url, other)
  await removeTopics(kafka.url, other)
  assert.deepEqual(ofRuns(await admin.listTopics()), [])
})
