import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { after, before, describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Admin } from '@platformatic/kafka'
import { Inbox, textOf } from '../../../system/logs/conformance/inbox.ts'
import type { DurableLog, LogRecord } from '../../../system/logs/log.ts'
import { openLog } from '../../../system/logs/open.ts'
import { partitionOf } from '../../../system/logs/partition.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { logUrlOf } from '../../support/log-url.ts'

const program = fileURLToPath(new URL('../../support/log-member-process.ts', import.meta.url))
const limit = { timeout: 60_000 }
/** Far beyond the limit: whoever waits for it fails. */
const sessionMs = 600_000
/** Its member would notice twice in it that it was driven out. */
const settledMs = 3_000
const partitions = 4
/** By partition, a key that goes there. */
const keys = Array.from({ length: partitions }, (_, partition) => keyOf(partition))

describe('members of one instance', async () => {
  const kafka = await provide('kafka')
  const url = kafka.available ? logUrlOf(kafka) : ''
  let admin: Admin
  before(() => {
    if (kafka.available) admin = new Admin({ clientId: 'instances', bootstrapBrokers: [kafka.url], retries: 3 })
  })
  after(async () => {
    if (!kafka.available) return
    await admin.close()
    await kafka.release()
  })

  const membersOf = async (group: string) => [
    ...((await admin.describeGroups({ groups: [group] })).get(group)?.members.values() ?? []),
  ]
  /** Two members have partitions, and know it. */
  const together = async (group: string) => {
    const isStable = async () => (await admin.describeGroups({ groups: [group] })).get(group)?.state === 'Stable'
    while (!((await membersOf(group)).length === 2 && (await isStable()))) await sleep(20)
    await sleep(settledMs / 6)
  }
  const open = (t: TestContext, instanceId: string, name: string): DurableLog => {
    const log = openLog('kafka', { url, nodeId: name, instanceId, sessionMs })
    t.after(() => log.close())
    return log
  }

  test('one killed with -9 is replaced by the next, without waiting for its session', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const [topic, group, instance] = [`instance.${randomUUID()}`, randomUUID(), 'reader-1']
    const [successor, bystander] = [open(t, instance, 'successor'), open(t, `${instance}1`, 'bystander')]
    await successor.openTopic(topic, partitions)
    await successor.append(topic, everywhere('first'))
    const victim = spawn(process.execPath, [program, url, topic, group, instance, String(sessionMs)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.after(() => victim.kill('SIGKILL'))
    await once(createInterface(victim.stdout), 'line')
    await bystander.consume(topic, group, async () => {})
    await together(group)
    victim.kill('SIGKILL')
    await once(victim, 'exit')
    const dead = (await membersOf(group)).find(({ clientId }) => clientId.startsWith(`chat-${instance}/`))
    assert.ok(dead !== undefined, 'the broker takes it for alive')
    const mine = new Set<number>()
    await successor.consume(topic, group, async (records) => {
      for (const { partition } of records) mine.add(partition)
    })
    while (mine.size < partitions / 2) {
      await successor.append(topic, everywhere('after'))
      await sleep(20)
    }
    const now = await membersOf(group)
    assert.deepEqual(now.map(({ clientId }) => clientId).toSorted(), [
      'chat-reader-1/successor',
      'chat-reader-11/bystander',
    ])
  })

  test('two that live settle, and share the partitions', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const [topic, group] = [`twins.${randomUUID()}`, randomUUID()]
    const logs = [open(t, 'twin', 'first'), open(t, 'twin', 'second')] as const
    await logs[0].openTopic(topic, partitions)
    for (const log of logs) {
      const inbox = new Inbox()
      await log.consume(topic, group, async (records) => inbox.take(records))
      await log.append(topic, everywhere('to whom it belongs'))
      await inbox.until(1)
    }
    await together(group)
    const settled = await membersOf(group)
    await sleep(settledMs)
    const later = await membersOf(group)
    assert.deepEqual(idsOf(later), idsOf(settled), 'neither drives the other out again')
    assert.deepEqual(later.map(({ clientId }) => clientId).toSorted(), ['chat-twin/first', 'chat-twin/second'])
  })

  test('one that was driven out commits nothing over what was read since', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const [topic, group] = [`driven.${randomUUID()}`, randomUUID()]
    const [slow, quick] = [open(t, 'driven', 'slow'), open(t, 'driven', 'quick')]
    await slow.openTopic(topic, partitions)
    await slow.append(topic, everywhere('first'))
    const [held, release, later] = [Promise.withResolvers<void>(), Promise.withResolvers<void>(), new Inbox()]
    await slow.consume(topic, group, async (records) => {
      held.resolve()
      await release.promise
      later.take(records.filter((record) => !textOf(record).startsWith('first')))
    })
    await held.promise
    await quick.append(topic, [...everywhere('second'), ...everywhere('third')])
    await quick.consume(topic, group, async (records) =>
      later.take(records.filter((record) => !textOf(record).startsWith('first'))),
    )
    while (!(await hasCommitted(quick, topic, group))) await sleep(20)
    await together(group)
    release.resolve()
    await quick.append(topic, everywhere('last'))
    await later.untilTexts(3 * partitions)
    const times = Map.groupBy(later.records.map(textOf), (text) => text)
    assert.deepEqual(
      [...times.values()].filter((same) => same.length > 1),
      [],
      'nothing is read again',
    )
  })
})

function keyOf(partition: number): string {
  for (let index = 0; ; index++) if (partitionOf(`room-${index}`, partitions) === partition) return `room-${index}`
}

/** A record for each partition. */
function everywhere(text: string): LogRecord[] {
  return keys.map((key, partition) => ({ key, value: Buffer.from(`${text}/${partition}`) }))
}

async function hasCommitted(log: DurableLog, topic: string, group: string): Promise<boolean> {
  const [ends, committed] = [await log.endOffsets(topic), await log.committedOffsets(topic, group)]
  return [...ends].every(([partition, end]) => committed.get(partition) === end)
}

const idsOf = (members: readonly { readonly id: string }[]) => members.map(({ id }) => id).toSorted()
