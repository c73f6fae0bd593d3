import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, test } from 'node:test'
import { readKafkaUrl } from '../../../system/logs/kafka/address.ts'
import { Fetcher } from '../../../system/logs/kafka/fetcher.ts'
import { OpenReaders } from '../../../system/logs/kafka/readers.ts'
import { Trouble } from '../../../system/logs/kafka/trouble.ts'
import { LogError, type LogReader } from '../../../system/logs/log.ts'
import { openLog } from '../../../system/logs/open.ts'

describe('the address of a Kafka', () => {
  test('is brokers, and a prefix that ends in a dot', () => {
    assert.deepEqual(readKafkaUrl('kafka://a:1'), { brokers: ['a:1'], prefix: '' })
    assert.deepEqual(readKafkaUrl('kafka://a:1/'), { brokers: ['a:1'], prefix: '' })
    assert.deepEqual(readKafkaUrl('kafka://a:1,b:2/lab_1'), { brokers: ['a:1', 'b:2'], prefix: 'lab_1.' })
  })

  test('is refused with what to write instead', () => {
    for (const url of [
      '',
      'kafka://',
      'kafka://a',
      'http://a:1',
      'kafka://a:1/b/c',
      'kafka://a:1/b.c',
      'kafka://a:1,',
    ]) {
      assert.equal(readKafkaUrl(url), undefined, url)
      assert.throws(() => openLog('kafka', { url, nodeId: 'n' }), /write kafka:\/\/host:port/)
    }
  })
})

describe('readers handed out', () => {
  const readerOf = (closed: string[], name: string): LogReader => ({
    failed: new Promise<never>(() => {}),
    close: async () => void closed.push(name),
  })

  test('are forgotten when they are closed; the rest is closed together', async () => {
    const [readers, closed] = [new OpenReaders(), [] as string[]]
    const kept = readers.keep(readerOf(closed, 'first'))
    readers.keep(readerOf(closed, 'second'))
    await kept.close()
    assert.deepEqual([readers.size, closed], [1, ['first']])
    await readers.close()
    assert.deepEqual([readers.size, closed], [0, ['first', 'second']])
  })
})

test('trouble is told each time, its end once', () => {
  const told: (string | undefined)[] = []
  const trouble = new Trouble((error) => void told.push(error?.code))
  const error = new LogError('LOG-FAILED', 'planned', { effect: 'definite', retryable: true })
  trouble.over()
  trouble.tell(error)
  trouble.tell(error)
  trouble.over()
  trouble.over()
  assert.deepEqual(told, ['LOG-FAILED', 'LOG-FAILED', undefined])
})

test('a fetcher tells of brokers that are not there, and goes on until it is closed', { timeout: 20_000 }, async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  const told = Promise.withResolvers<LogError | undefined>()
  const fetcher = new Fetcher({
    address: { brokers: [`127.0.0.1:${port}`], clientId: 'nobody', prefix: '' },
    topic: 'topic',
    topicId: 'id',
    positions: new Map([[0, 0]]),
    deliver: () => {},
    onRejected: 'again',
    trouble: new Trouble((error) => told.resolve(error)),
  })
  const running = fetcher.run()
  const error = await told.promise
  assert.ok(error?.code === 'LOG-UNREACHABLE' && error.retryable, String(error))
  fetcher.close()
  await running
})
