import { randomUUID } from 'node:crypto'
import { after, test } from 'node:test'
import { lossyFanoutConformance } from '../../../system/fanouts/conformance.ts'
import { openMemoryLog } from '../../../system/logs/memory.ts'
import { openLog } from '../../../system/logs/open.ts'
import { readRedisUrl } from '../../../system/redis/address.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { logUrlOf } from '../../support/log-url.ts'
import { redisFanoutUnderTest } from '../../support/redis-fanout.ts'

// A server of its own: the suite cuts the connections of all its subscribers.
const [redis, kafka] = await Promise.all([provide('redis', { own: true }), provide('kafka')])

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
test('kafka: fan-out contract with Redis', (t) => void skipOrFail(t, kafka))
