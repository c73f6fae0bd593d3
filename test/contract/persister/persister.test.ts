import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { encodeDraft, persistGroup, topics } from '../../../system/chat/record.ts'
import { editions } from '../../../system/editions/index.ts'
import type { DurableLog } from '../../../system/logs/log.ts'
import { openLog } from '../../../system/logs/open.ts'
import type { ChatMessage, Draft } from '../../../system/protocol/message.ts'
import { openStore } from '../../../system/stores/open.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { draftOf } from '../../support/drafts.ts'
import { logUrlOf } from '../../support/log-url.ts'

const program = fileURLToPath(new URL('../../support/persister-process.ts', import.meta.url))
const limit = { timeout: 120_000 }
const running = new Set<ChildProcess>()
const rooms = Array.from({ length: 12 }, (_, index) => `room-${index}`)

interface PersisterProcess {
  readonly kill: (signal: NodeJS.Signals) => void
  /** Resolves with the signal that ended it, null when it ended by itself. */
  readonly exited: Promise<NodeJS.Signals | null>
}

async function startProcess(logUrl: string, storeUrl: string, crashAfter = 0): Promise<PersisterProcess> {
  const child = spawn(process.execPath, [program, logUrl, storeUrl, String(crashAfter)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  running.add(child)
  const exited = once(child, 'exit').then(([, signal]) => {
    running.delete(child)
    return signal as NodeJS.Signals | null
  })
  await Promise.race([
    once(child.stdout!, 'data'),
    exited.then(() => assert.fail('the persister ended before it was ready')),
  ])
  return { kill: (signal) => child.kill(signal), exited }
}

async function append(log: DurableLog, count: number): Promise<Draft[]> {
  const drafts = Array.from({ length: count }, (_, index) => draftOf({ roomId: rooms[index % rooms.length]! }))
  await log.append(
    topics.messages,
    drafts.map((draft) => ({ key: draft.roomId, value: encodeDraft(draft) })),
  )
  return drafts
}

async function committedAll(log: DurableLog): Promise<void> {
  const ends = await log.endOffsets(topics.messages)
  for (;;) {
    const committed = await log.committedOffsets(topics.messages, persistGroup)
    if ([...ends].every(([partition, end]) => (committed.get(partition) ?? 0) >= end)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function readAll(storeUrl: string): Promise<ChatMessage[]> {
  const store = await openStore('sqlite', storeUrl)
  const messages = await Promise.all(rooms.map((room) => store.readAfter(room, 0, 10_000)))
  await store.close()
  return messages.flat()
}

async function assertStoredOnce(storeUrl: string, sent: readonly Draft[]): Promise<void> {
  const stored = await readAll(storeUrl)
  assert.deepEqual(stored.map(({ id }) => id).toSorted(), sent.map(({ id }) => id).toSorted())
  const last = new Map<string, number>()
  for (const { roomId, seq, prevSeq } of stored) {
    assert.equal(prevSeq, last.get(roomId) ?? 0, `chain of ${roomId}`)
    last.set(roomId, seq)
  }
}

describe('persister over kafka and sqlite', async () => {
  const kafka = await provide('kafka', { own: true })
  const folder = await mkdtemp(join(tmpdir(), 'chat-persister-'))
  const storeUrl = `sqlite:${join(folder, 'chat.db')}`
  const sent: Draft[] = []
  after(async () => {
    for (const child of running) child.kill('SIGKILL')
    if (kafka.available) await kafka.release()
    await rm(folder, { recursive: true, force: true })
  })

  test('killed with -9 between store and commit: its successor loses and doubles nothing', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const log = openLog('kafka', { url: logUrlOf(kafka), nodeId: 'test' })
    await log.openTopic(topics.messages, editions.mongo.knobs.partitions)
    sent.push(...(await append(log, 300)))
    const doomed = await startProcess(logUrlOf(kafka), storeUrl, 1)
    assert.equal(await doomed.exited, 'SIGKILL')
    const stored = (await readAll(storeUrl)).length
    assert.ok(stored > 0, 'it had stored something')
    assert.equal((await log.committedOffsets(topics.messages, persistGroup)).size, 0, 'and committed nothing')
    const successor = await startProcess(logUrlOf(kafka), storeUrl)
    sent.push(...(await append(log, 200)))
    await committedAll(log)
    await assertStoredOnce(storeUrl, sent)
    successor.kill('SIGTERM')
    await successor.exited
    await log.close()
  })

  test('two share the partitions; one leaves, one is killed, nothing is lost or doubled', limit, async (t) => {
    if (!skipOrFail(t, kafka)) return
    const log = openLog('kafka', { url: logUrlOf(kafka), nodeId: 'test' })
    const first = await startProcess(logUrlOf(kafka), storeUrl)
    const second = await startProcess(logUrlOf(kafka), storeUrl)
    for (let round = 0; round < 10; round++) sent.push(...(await append(log, 60)))
    first.kill('SIGTERM')
    for (let round = 0; round < 10; round++) sent.push(...(await append(log, 60)))
    await first.exited
    await committedAll(log)
    second.kill('SIGKILL')
    await second.exited
    const third = await startProcess(logUrlOf(kafka), storeUrl)
    sent.push(...(await append(log, 60)))
    await committedAll(log)
    await assertStoredOnce(storeUrl, sent)
    third.kill('SIGTERM')
    await third.exited
    await log.close()
  })
})
