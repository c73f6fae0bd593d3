import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { after, test } from 'node:test'
import { lossyFanoutConformance } from '../../../system/fanouts/conformance.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'
import { openLog } from '../../../system/logs/open.ts'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import { readRedisUrl } from '../../../system/redis/address.ts'
import type { RunningRole } from '../../../system/roles/role.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { draftOf } from '../../support/drafts.ts'
import { logUrlOf } from '../../support/log-url.ts'
import { redisFanoutUnderTest } from '../../support/redis-fanout.ts'

const limit = { timeout: 60_000 }

// A server of its own: the suite cuts the connections of all its subscribers.
const [redis, kafka] = await Promise.all([provide('redis', { own: true }), provide('kafka')])

if (kafka.available) after(() => kafka.release())
if (redis.available) {
  after(() => redis.release())
  const address = () => ({ ...readRedisUrl(redis.url)!, prefix: `${randomUUID()}:` })
  for (const kind of ['redis', 'redis-single'] as const) {
    lossyFanoutConformance(`${kind} over a log in memory`, () => redisFanoutUnderTest(kind, openMemoryLog(), address()))
    if (!kafka.available) continue
    const open = async () => {
      const prefix = `fanout-${randomUUID()}`
      const another = () => openLog('kafka', { url: `${logUrlOf(kafka)}/${prefix}`, nodeId: 'fanout' })
      return redisFanoutUnderTest(kind, another(), address(), another)
    }
    lossyFanoutConformance(`${kind} over kafka`, open)
  }
} else {
  test('redis: fan-out contract', (t) => void skipOrFail(t, redis))
}
test('a fan-out says that its server is away, and brings everything once it is back, empty', limit, async (t) => {
  const own = await provide('redis', { own: true })
  if (!skipOrFail(t, own)) return
  t.after(() => own.release())
  const log = openMemoryLog()
  const { fanout, commit, close } = await redisFanoutUnderTest('redis', log, readRedisUrl(own.url)!)
  t.after(() => close())
  const ids: string[] = []
  const come = new EventEmitter()
  const onMessages = (messages: readonly ChatMessage[]) => {
    ids.push(...messages.map(({ id }) => id))
    come.emit('messages')
  }
  await fanout.subscribe({ onMessages, onSignals: () => {} })
  await fanout.follow('room')
  assert.deepEqual(fanout.unready(), [])
  await own.kill()
  const drafts = Array.from({ length: 20 }, (_, i) => draftOf({ roomId: i % 2 === 0 ? 'room' : 'late' }))
  // A room that is followed meanwhile counts from now as well.
  await fanout.follow('late')
  await commit(drafts)
  while (fanout.unready().length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.match(fanout.unready().join(), /redis/)
  assert.deepEqual(ids, [])
  await own.restart()
  while (ids.length < drafts.length) await once(come, 'messages')
  assert.deepEqual(ids.toSorted(), drafts.map(({ id }) => id).toSorted())
  while (fanout.unready().length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
})

test('relays that hand over to one another in mid-stream leave no gap and no doubles', limit, async (t) => {
  if (!skipOrFail(t, redis) || !skipOrFail(t, kafka)) return
  const prefix = `relays-${randomUUID()}`
  const open = () => openLog('kafka', { url: `${logUrlOf(kafka)}/${prefix}`, nodeId: 'relays' })
  const address = { ...readRedisUrl(redis.url)!, prefix: `${randomUUID()}:` }
  const { fanout, commit, close, relayBeside } = await redisFanoutUnderTest('redis', open(), address)
  t.after(() => close())
  const messages: ChatMessage[] = []
  const come = new EventEmitter()
  await fanout.subscribe({
    onMessages: (batch) => {
      messages.push(...batch)
      come.emit('messages')
    },
    onSignals: () => {},
  })
  const rooms = Array.from({ length: 8 }, (_, i) => `room-${i}`)
  for (const room of rooms) await fanout.follow(room)
  const others: RunningRole[] = []
  for (let i = 0; i < 60; i++) {
    await commit(rooms.map((roomId) => draftOf({ roomId })))
    if (i % 20 === 10) {
      const log = open()
      const relay = await relayBeside(log)
      others.push(relay)
      t.after(async () => {
        await relay.close()
        await log.close()
      })
    }
  }
  // The first to go goes without a word: what it had not committed is published again.
  await others[0]!.close()
  await commit(rooms.map((roomId) => draftOf({ roomId })))
  while (messages.length < 61 * rooms.length) await once(come, 'messages')
  for (const room of rooms) {
    const chain = messages.filter(({ roomId }) => roomId === room)
    assert.equal(chain.length, 61)
    for (const [i, { prevSeq }] of chain.entries()) assert.ok(i === 0 || prevSeq === chain[i - 1]!.seq)
  }
})

test('kafka: fan-out contract with Redis', (t) => void skipOrFail(t, kafka))
