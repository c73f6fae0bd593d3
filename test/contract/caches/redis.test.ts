import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { pino } from 'pino'
import { cacheConformance } from '../../../system/caches/conformance.ts'
import { newestPages } from '../../../system/caches/pages.ts'
import { openRedisCache } from '../../../system/caches/redis.ts'
import { type RedisAddress, readRedisUrl } from '../../../system/redis/address.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { draftOf } from '../../support/drafts.ts'

const logger = pino({ level: 'silent' })
const open = (url: string) => {
  const address: RedisAddress = { ...readRedisUrl(url)!, prefix: `${randomUUID()}:` }
  return openRedisCache(address, logger)
}

const redis = await provide('redis')
if (redis.available) {
  after(() => redis.release())
  cacheConformance('redis', () => open(redis.url))
} else {
  test('redis: cache contract', (t) => void skipOrFail(t, redis))
}

test('history comes from the store while the server is away, and from the cache again after it came back empty', async (t) => {
  const own = await provide('redis', { own: true })
  if (!skipOrFail(t, own)) return
  t.after(() => own.release())
  const cache = await open(own.url)
  t.after(() => cache.close())
  const message = { ...draftOf({ roomId: 'room' }), seq: 3, prevSeq: 0 }
  const outcomes: string[] = []
  const store = { readBefore: async () => [message], lastSeqs: async () => [message.seq] }
  const read = newestPages(store, cache, (outcome) => outcomes.push(outcome))
  await cache.put([message])
  assert.deepEqual([await read('room', 50), outcomes.pop()], [[message], 'hit'])
  await own.kill()
  assert.deepEqual([await read('room', 50), outcomes.pop()], [[message], 'failed'])
  assert.match(cache.reasons().join(), /redis/)
  await own.restart()
  while (cache.reasons().length > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  await read('room', 50)
  assert.deepEqual([await read('room', 50), outcomes], [[message], ['miss', 'hit']])
})
