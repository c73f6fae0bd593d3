import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import type { Accepted, Pipeline } from '../../../system/pipelines/pipeline.ts'
import { ChatError } from '../../../system/protocol/errors.ts'
import type { Draft } from '../../../system/protocol/message.ts'
import { RawClient } from '../../support/gateway/raw-client.ts'
import { startRig } from '../../support/gateway/rig.ts'

/** A pipeline whose durable step happens when the test says so. */
class HeldPipeline implements Pipeline {
  readonly name = 'store-first'
  readonly taken: { draft: Draft; done: (outcome: Accepted | ChatError) => void }[] = []
  #idle: (() => void)[] = []
  #waiting: { count: number; resolve: () => void }[] = []

  get pending(): number {
    return this.taken.length
  }

  accept(draft: Draft, done: (outcome: Accepted | ChatError) => void): void {
    this.taken.push({ draft, done })
    for (const { count, resolve } of this.#waiting) if (this.taken.length >= count) resolve()
  }

  drain(): Promise<void> {
    if (this.taken.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }

  settle(outcome?: ChatError): void {
    for (let seq = 1; this.taken.length > 0; seq++) {
      const { draft, done } = this.taken.shift()!
      done(outcome ?? { id: draft.id, roomId: draft.roomId, seq })
    }
    for (const resolve of this.#idle) resolve()
  }

  until(count: number): Promise<void> {
    if (this.taken.length >= count) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ count, resolve }))
  }
}

const talk = (clientMessageId: string) => ({ clientMessageId, type: 'TALK', body: 'x' })

async function startHeld(knobs: Parameters<typeof startRig>[0]) {
  const pipeline = new HeldPipeline()
  const rig = await startRig({ ...knobs, pipeline: () => pipeline })
  const [ann, bob] = [await rig.user('ann'), await rig.user('bob')]
  const room = await rig.room(ann, bob)
  return { rig, pipeline, ann, bob, room, url: rig.urls[0]! }
}

test('no RECEIPT and no ack before the durable step', async (t) => {
  const { rig, pipeline, ann, room, url } = await startHeld({})
  t.after(() => rig.close())
  const client = await RawClient.login(url, ann)
  await client.subscribe('a', '/user/queue/acks')
  client.send(room, talk('c1'), 'r1')
  await pipeline.until(1)
  client.frame('SUBSCRIBE', { id: 'x', destination: '/user/queue/errors', receipt: 'later' })
  assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'later')
  pipeline.settle()
  assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'r1')
  await client.expect('MESSAGE')
  client.close()
})

test('a durable step that failed is told with its effect, never silence', async (t) => {
  const { rig, pipeline, ann, room, url } = await startHeld({})
  t.after(() => rig.close())
  const listens = await RawClient.login(url, ann)
  await listens.subscribe('e', '/user/queue/errors')
  const plain = await RawClient.login(url, ann)
  listens.send(room, talk('c1'), 'r1')
  plain.send(room, talk('c2'), 'r2')
  await pipeline.until(2)
  pipeline.settle(new ChatError('SYS-504', 'the log did not answer'))
  const said = JSON.parse((await listens.expect('MESSAGE')).body)
  assert.deepEqual(
    [said.code, said.clientMessageId, said.receipt, said.retryable, said.effect],
    ['SYS-504', 'c1', 'r1', true, 'indefinite'],
  )
  assert.equal((await plain.expect('ERROR')).headers['receipt-id'], 'r2')
  assert.equal(await rig.metric('chat_refused_total'), 2)
  await plain.closed
  listens.close()
})

test('DISCONNECT is answered after the SENDs before it', async (t) => {
  const { rig, pipeline, ann, bob, room, url } = await startHeld({})
  t.after(() => rig.close())
  const client = await RawClient.login(url, ann)
  client.send(room, talk('c1'), 'r1')
  client.frame('DISCONNECT', { receipt: 'bye' })
  client.send(room, talk('c2'), 'r2')
  await pipeline.until(1)
  // When another socket has been served after them, the gateway has read all three frames.
  const other = await RawClient.login(url, bob)
  assert.equal(client.unread.length, 0)
  assert.equal(pipeline.taken.length, 1)
  pipeline.settle()
  assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'r1')
  assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'bye')
  assert.equal(await client.closed, 1000)
  assert.equal(pipeline.taken.length, 0)
  other.close()
})

test('at pendingHigh senders are read no more and not cut for silence; at pendingLow they go on in order', async (t) => {
  const knobs = { pendingHigh: 5, pendingLow: 0, sendsPerSecond: 0, heartbeatMs: 60 }
  const { rig, pipeline, ann, bob, room, url } = await startHeld({ knobs })
  t.after(() => rig.close())
  const sender = await RawClient.login(url, ann, { 'heart-beat': '60,0' })
  for (let i = 0; i < 40; i++) sender.send(room, talk(`c${i}`), `r${i}`)
  await pipeline.until(5)
  // Who does not send is served, and outlives the silence limit of the sender.
  const silent = await RawClient.login(url, bob, { 'heart-beat': '60,0' })
  await silent.subscribe('e', '/user/queue/errors')
  await silent.closed
  assert.equal(pipeline.taken.length, 5)
  assert.equal(await rig.metric('chat_backpressure_active'), 1)
  assert.equal(sender.ws.readyState, sender.ws.OPEN)
  for (let next = 0; next < 40; ) {
    await pipeline.until(1)
    const taken = pipeline.taken.length
    assert.ok(taken <= 5)
    pipeline.settle()
    for (let i = 0; i < taken; i++, next++) {
      assert.equal((await sender.expect('RECEIPT')).headers['receipt-id'], `r${next}`)
    }
  }
  sender.close()
  await rig.until('chat_backpressure_active', 0)
})

test('a drain takes no new sockets, answers what was taken and tells clients to go elsewhere', async (t) => {
  const { rig, pipeline, ann, room, url } = await startHeld({ bounds: { closeTimeoutMs: 600_000 } })
  t.after(() => rig.close())
  const client = await RawClient.login(url, ann)
  client.send(room, talk('c1'), 'r1')
  await pipeline.until(1)
  const drained = rig.gateways[0]!.drain(600_000)
  assert.deepEqual(await rig.gateways[0]!.unready(), ['the gateway is draining'])
  client.send(room, talk('c2'), 'r2')
  const late = new WebSocket(url)
  late.on('error', () => undefined)
  const [, response] = await once(late, 'unexpected-response')
  assert.equal(response.statusCode, 503)
  assert.ok(response.headers['retry-after'])
  assert.equal(pipeline.taken.length, 1)
  pipeline.settle()
  assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'r1')
  assert.equal(await client.closed, 1012)
  await drained
  assert.equal(client.unread.length, 0)
  assert.equal(await rig.metric('chat_connections'), 0)
})

test('a drain sends clients away in waves: who is not told yet is served', async (t) => {
  const { rig, pipeline, ann, room, url } = await startHeld({ knobs: { drainSpreadMs: 3_600_000 } })
  t.after(() => rig.close())
  const first = await RawClient.login(url, ann)
  const others = [await RawClient.login(url, ann), await RawClient.login(url, ann)]
  const drained = rig.gateways[0]!.drain(7_200_000)
  first.send(room, talk('c1'), 'r1')
  for (const [index, client] of others.entries()) client.send(room, talk(`c${index + 2}`), 'r')
  await pipeline.until(2)
  pipeline.settle()
  for (const client of others) assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'r')
  assert.equal(pipeline.taken.length, 0)
  // A drain does not wait for a wave when nobody is left.
  await rig.gateways[0]!.close()
  await drained
})

test('every wave of a drain is told to go elsewhere', async (t) => {
  const { rig, pipeline, ann, room, url } = await startHeld({ knobs: { drainSpreadMs: 30 } })
  t.after(() => rig.close())
  const clients = []
  for (let k = 0; k < 5; k++) clients.push(await RawClient.login(url, ann))
  clients[0]!.send(room, talk('c1'), 'r1')
  await pipeline.until(1)
  const drained = rig.gateways[0]!.drain(600_000)
  // The last wave goes when all is answered.
  for (const client of clients.slice(1, 4)) assert.equal(await client.closed, 1012)
  assert.equal(clients[0]!.ws.readyState, WebSocket.OPEN)
  pipeline.settle()
  assert.equal((await clients[0]!.expect('RECEIPT')).headers['receipt-id'], 'r1')
  for (const client of clients) assert.equal(await client.closed, 1012)
  await drained
})

test('a drain ends at its deadline although the durable step hangs', async (t) => {
  const { rig, pipeline, ann, room, url } = await startHeld({})
  t.after(() => rig.close())
  const client = await RawClient.login(url, ann)
  client.send(room, talk('c1'), 'r1')
  await pipeline.until(1)
  await rig.gateways[0]!.drain(200)
  assert.equal(await client.closed, 1012)
  pipeline.settle()
})
