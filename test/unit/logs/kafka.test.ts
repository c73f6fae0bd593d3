import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, test } from 'node:test'
import { Consumer } from '@platformatic/kafka'
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

const planned = new LogError('LOG-FAILED', 'planned', { effect: 'definite', retryable: true })

test('trouble is told each time, its end once', () => {
  const told: (string | undefined)[] = []
  const trouble = new Trouble((error) => void told.push(error?.code))
  trouble.over()
  trouble.tell(planned)
  trouble.tell(planned)
  trouble.over()
  trouble.over()
  assert.deepEqual(told, ['LOG-FAILED', 'LOG-FAILED', undefined])
})

test('trouble is over when both reading and committing are well', () => {
  const told: (string | undefined)[] = []
  const trouble = new Trouble((error) => void told.push(error?.code))
  trouble.tell(planned, 'committing')
  trouble.tell(planned)
  trouble.over()
  assert.deepEqual(told, ['LOG-FAILED', 'LOG-FAILED'])
  trouble.over('committing')
  assert.deepEqual(told, ['LOG-FAILED', 'LOG-FAILED', undefined])
})

test('an answer that is late is trouble while it is awaited; one that comes in time is none', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const told: (string | undefined)[] = []
  const trouble = new Trouble((error) => void told.push(error?.message))
  const { promise, resolve } = Promise.withResolvers<string>()
  const late = trouble.awaited(promise, 'reading chat')
  assert.equal(await trouble.awaited(Promise.resolve('in time'), 'joining'), 'in time')
  t.mock.timers.tick(10_000)
  assert.equal(told.length, 1)
  assert.match(told[0]!, /^reading chat: no answer for 3 s/)
  resolve('at last')
  assert.equal(await late, 'at last')
})

test('trouble with one broker is not over because another one answers', { timeout: 20_000 }, async (t) => {
  const leaders = [1, 2].map((leader) => ({ leader }))
  t.mock.method(Consumer.prototype, 'metadata', async () => ({
    topics: new Map([['topic', { id: 'id', partitions: leaders }]]),
  }))
  let down = true
  const answered = { 1: 0, 2: 0 }
  t.mock.method(Consumer.prototype, 'fetch', async ({ node }: { node: 1 | 2 }) => {
    // The broker that is well answers first, several times a session.
    for (let turn = 0; turn < (node === 2 ? 20 : 1); turn++) await new Promise((resolve) => setImmediate(resolve))
    if (node === 2 && down) throw new Error('broker 2 is away')
    answered[node] += 1
    return { responses: [] }
  })
  const told: (LogError | undefined)[] = []
  const over = Promise.withResolvers<void>()
  const fetcher = new Fetcher({
    address: { brokers: ['127.0.0.1:1'], clientId: 'two', prefix: '' },
    topic: 'topic',
    topicId: 'id',
    positions: new Map([
      [0, 0],
      [1, 0],
    ]),
    deliver: () => {},
    betweenMs: 0,
    onRejected: 'fail',
    trouble: new Trouble((error) => {
      told.push(error)
      if (error === undefined) over.resolve()
      else if (told.length === 3) down = false
    }),
  })
  const running = fetcher.run()
  t.after(() => fetcher.close())
  await over.promise
  assert.ok(answered[1] > 3, 'the other one has answered all the time')
  assert.deepEqual(
    told.map((error) => error !== undefined),
    [true, true, true, false],
  )
  fetcher.close()
  await running
})

test('a fetcher asks no sooner than it was told to, though every answer comes at once', {
  timeout: 20_000,
}, async (t) => {
  t.mock.method(Consumer.prototype, 'metadata', async () => ({
    topics: new Map([['topic', { id: 'id', partitions: [{ leader: 1 }] }]]),
  }))
  const askedMs: number[] = []
  const enough = Promise.withResolvers<void>()
  t.mock.method(Consumer.prototype, 'fetch', async () => {
    if (askedMs.push(performance.now()) === 5) enough.resolve()
    const batch = { firstOffset: BigInt(askedMs.length - 1), lastOffsetDelta: 0, attributes: 0, records: [] }
    return { responses: [{ partitions: [{ partitionIndex: 0, records: [batch] }] }] }
  })
  const fetcher = new Fetcher({
    address: { brokers: ['127.0.0.1:1'], clientId: 'patient', prefix: '' },
    topic: 'topic',
    topicId: 'id',
    positions: new Map([[0, 0]]),
    deliver: () => {},
    betweenMs: 40,
    onRejected: 'fail',
    trouble: new Trouble(() => {}),
  })
  const running = fetcher.run()
  await enough.promise
  fetcher.close()
  await running
  const gaps = askedMs.slice(1).map((ms, i) => ms - askedMs[i]!)
  // A timer may be a millisecond early.
  assert.ok(Math.min(...gaps) > 38, String(gaps))
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
    betweenMs: 0,
    onRejected: 'again',
    trouble: new Trouble((error) => told.resolve(error)),
  })
  const running = fetcher.run()
  const error = await told.promise
  assert.ok(error?.code === 'LOG-UNREACHABLE' && error.retryable, String(error))
  fetcher.close()
  await running
})
