import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { MongoClient } from 'mongodb'
import { isRunning, processStat } from '../../../compose/native/proc.ts'
import { type Provided, provide, skipOrFail } from '../../support/components.ts'

/** The processes of a component and everything below them, asked by start time. */
const watch = (pids: readonly number[]) => {
  const seen = pids.map((pid) => [pid, processStat(pid)?.startTicks ?? -1] as const)
  return () => seen.filter(([pid, startTicks]) => isRunning(pid, startTicks)).map(([pid]) => pid)
}

describe('a Kafka of our own', () => {
  let kafka: Provided
  before(async () => {
    kafka = await provide('kafka', { own: true })
  })
  after(async () => kafka.available && kafka.release())

  test('names its version, listens on loopback alone, and keeps what was acked over kill -9', async (t) => {
    if (!skipOrFail(t, kafka)) return
    const { component } = kafka
    assert.equal(component.identity.product, 'Apache Kafka')
    assert.match(component.identity.version, /^4\.\d+\.\d+$/)
    assert.match(component.url, /^127\.0\.0\.1:\d+$/)
    const client = { clientId: 'contract', bootstrapBrokers: [component.url] }
    const admin = new Admin(client)
    await admin.createTopics({ topics: ['kept'], partitions: 1, replicas: 1 })
    await admin.close()
    const producer = new Producer({ ...client, serializers: stringSerializers })
    await producer.send({ messages: [{ topic: 'kept', key: 'room', value: '안녕' }], acks: -1 })
    await producer.close(true)
    await kafka.kill()
    assert.deepEqual(watch(component.processes.map(({ pid }) => pid))(), [])
    const again = await kafka.restart()
    assert.equal(again.url, component.url)
    const consumer = new Consumer({ ...client, groupId: 'reader', deserializers: stringDeserializers })
    const stream = await consumer.consume({ topics: ['kept'], mode: 'earliest' })
    const { value } = await new Promise<{ value: string }>((resolve) => stream.once('data', resolve))
    await consumer.close(true)
    assert.equal(value, '안녕')
  })
})

describe('a MongoDB of our own', () => {
  let mongo: Provided
  before(async () => {
    mongo = await provide('mongo', { own: true })
  })
  after(async () => mongo.available && mongo.release())

  test('names the engine that answers, wants its credentials, and shows none of them', async (t) => {
    if (!skipOrFail(t, mongo)) return
    const { component } = mongo
    assert.match(component.identity.product, /^(MongoDB|FerretDB)$/)
    assert.match(component.identity.version, /^\d+\.\d+/)
    if (component.identity.product === 'FerretDB') assert.match(component.identity.compatibleWith ?? '', /^MongoDB \d/)
    assert.match(component.publicUrl, /^mongodb:\/\/127\.0\.0\.1:\d+\/$/)
    if (component.origin === 'given') return
    const stranger = new MongoClient(component.publicUrl, { serverSelectionTimeoutMS: 5_000 })
    await assert.rejects(stranger.db('chat').collection('messages').insertOne({ body: 'x' }), /auth/i)
    await stranger.close()
    const password = new URL(component.url).password
    const lines = await Promise.all(component.processes.map((process) => process.lastLogLines(1_000)))
    assert.equal(
      lines.flat().some((line) => line.includes(password)),
      false,
    )
  })

  test('keeps what was acked over kill -9, on the same port', async (t) => {
    if (!skipOrFail(t, mongo)) return
    if (mongo.component.origin === 'given') return t.skip('a given MongoDB is never killed')
    const write = new MongoClient(mongo.url)
    const documents = Array.from({ length: 500 }, (_, seq) => ({ seq }))
    await write.db('contract').collection('kept').insertMany(documents, { ordered: false })
    await write.close()
    await mongo.kill()
    const again = await mongo.restart()
    assert.equal(again.url, mongo.url)
    const read = new MongoClient(again.url)
    assert.equal(await read.db('contract').collection('kept').countDocuments(), 500)
    await read.close()
  })
})

test('a component that is released leaves no process', async (t) => {
  const mongo = await provide('mongo', { own: true })
  if (!skipOrFail(t, mongo)) return
  const left = watch(mongo.component.processes.map(({ pid }) => pid))
  await mongo.release()
  assert.deepEqual(left(), [])
})
