import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { topics } from '../../../system/chat/record.ts'
import { StoreProgress } from '../../../system/fanouts/store-progress.ts'
import type { DurableLog } from '../../../system/logs/log.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'

/** A log of two partitions whose committed offsets the test sets. */
async function logWith(committed: Map<number, number>): Promise<{ log: DurableLog; asked: () => number }> {
  const memory = openMemoryLog()
  await memory.openTopic(topics.messages, 2)
  let asked = 0
  const committedOffsets = async () => {
    asked++
    return new Map(committed)
  }
  return {
    log: Object.assign(Object.create(memory) as DurableLog, bound(memory), { committedOffsets }),
    asked: () => asked,
  }
}

/** Private fields need their own object as `this`. */
function bound(log: DurableLog): Pick<DurableLog, 'append' | 'endOffsets'> {
  return { append: log.append.bind(log), endOffsets: log.endOffsets.bind(log) }
}

const record = (key: string) => ({ key, value: Buffer.from('{}') })

describe('the progress of the store behind the log', () => {
  test('is caught up with an empty log at once', async () => {
    const { log } = await logWith(new Map())
    assert.equal(await new StoreProgress(log).caughtUp(), true)
  })

  test('is waited for, up to where the log ended at the call and no further', async () => {
    const committed = new Map<number, number>()
    const { log } = await logWith(committed)
    const places = await log.append(topics.messages, [record('a'), record('b'), record('c')])
    const answer = new StoreProgress(log).caughtUp()
    const early = await Promise.race([answer, new Promise((resolve) => setImmediate(resolve, 'waits'))])
    assert.equal(early, 'waits')
    for (const { partition, offset } of places)
      committed.set(partition, Math.max(committed.get(partition) ?? 0, offset + 1))
    await log.append(topics.messages, [record('a')])
    assert.equal(await answer, true)
  })

  test('is asked of the log once for all who wait', async () => {
    const { log, asked } = await logWith(new Map())
    const progress = new StoreProgress(log)
    const answers = await Promise.all(Array.from({ length: 100 }, () => progress.caughtUp()))
    assert.ok(answers.every(Boolean))
    assert.equal(asked(), 1)
  })

  test('is unknown, not an error, when the log is away', async () => {
    const { log } = await logWith(new Map())
    const away = Object.assign(Object.create(log) as DurableLog, {
      endOffsets: () => Promise.reject(new Error('away')),
    })
    assert.equal(await new StoreProgress(away).caughtUp(), false)
  })
})
