import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { WebSocket } from 'ws'
import { RawClient } from '../../support/gateway/raw-client.ts'
import { startRig } from '../../support/gateway/rig.ts'

const talk = (clientMessageId: string, body = 'x') => ({ clientMessageId, type: 'TALK', body })

test('two gateways on one room deliver every message to every member once, in one order', async (t) => {
  const rig = await startRig({ gateways: 2, knobs: { sendsPerSecond: 0 } })
  t.after(() => rig.close())
  const users = [await rig.user('ann'), await rig.user('bob'), await rig.user('cho'), await rig.user('dan')]
  const room = await rig.room(...users)
  const clients = await Promise.all(users.map((user, i) => RawClient.login(rig.urls[i % 2]!, user)))
  for (const client of clients) await client.subscribe('s', `/topic/rooms/${room}`)
  for (let i = 0; i < 20; i++) for (const client of clients) client.send(room, talk(`${i}`))
  const seen = await Promise.all(
    clients.map(async (client) => {
      const ids: string[] = []
      while (ids.length < 80) {
        const { senderId, clientMessageId } = JSON.parse((await client.expect('MESSAGE')).body)
        ids.push(`${senderId}/${clientMessageId}`)
      }
      return ids
    }),
  )
  assert.equal(new Set(seen[0]).size, 80)
  for (const ids of seen) assert.deepEqual(ids, seen[0])
  assert.equal(await rig.metric('chat_connections'), 4)
  assert.equal(await rig.metric('chat_accepted_total'), 80)
  for (const client of clients) client.close()
})

test('a large message goes through whole', async (t) => {
  const rig = await startRig()
  t.after(() => rig.close())
  const ann = await rig.user('ann')
  const room = await rig.room(ann)
  const client = await RawClient.login(rig.urls[0]!, ann)
  await client.subscribe('s', `/topic/rooms/${room}`)
  const body = '한'.repeat(34_133)
  client.send(room, talk('large', body))
  assert.equal(JSON.parse((await client.expect('MESSAGE')).body).body, body)
  client.close()
})

test('who does not read is cut, its memory is freed, and the others are not held up', async (t) => {
  const rig = await startRig({
    knobs: { sendsPerSecond: 0, heartbeatMs: 100 },
    bounds: { outboundBytesPerSocket: 262_144, slowConsumerGraceMs: 50 },
  })
  t.after(() => rig.close())
  const [ann, bob] = [await rig.user('ann'), await rig.user('bob')]
  const room = await rig.room(ann, bob)
  const sender = await RawClient.login(rig.urls[0]!, ann)
  const deaf = await RawClient.login(rig.urls[0]!, bob)
  await sender.subscribe('s', `/topic/rooms/${room}`)
  await deaf.subscribe('s', `/topic/rooms/${room}`)
  deaf.ws.pause()
  const body = 'x'.repeat(100_000)
  let sent = 0
  while ((await rig.metric('chat_slow_consumer_total')) === 0) {
    assert.ok(sent < 1_000, 'the deaf socket was never cut')
    sender.send(room, talk(`m${sent++}`, body))
    await sender.expect('MESSAGE')
  }
  await rig.until('chat_connections', 1)
  sender.send(room, talk('after', 'x'))
  assert.equal(JSON.parse((await sender.expect('MESSAGE')).body).clientMessageId, 'after')
  assert.equal(await rig.metric('chat_slow_consumer_total'), 1)
  deaf.close()
  sender.close()
})

test('a slow reader that takes up reading within the grace gets its backlog and close code 1013', async (t) => {
  const rig = await startRig({
    knobs: { sendsPerSecond: 0 },
    bounds: { outboundBytesPerSocket: 262_144, slowConsumerGraceMs: 60_000 },
  })
  t.after(() => rig.close())
  const [ann, bob] = [await rig.user('ann'), await rig.user('bob')]
  const room = await rig.room(ann, bob)
  const sender = await RawClient.login(rig.urls[0]!, ann)
  const slow = await RawClient.login(rig.urls[0]!, bob)
  await sender.subscribe('s', `/topic/rooms/${room}`)
  await slow.subscribe('s', `/topic/rooms/${room}`)
  slow.ws.pause()
  let sent = 0
  while ((await rig.metric('chat_slow_consumer_total')) === 0) {
    sender.send(room, talk(`m${sent++}`, 'x'.repeat(100_000)))
    await sender.expect('MESSAGE')
  }
  slow.ws.resume()
  assert.equal(await slow.closed, 1013)
  sender.close()
})

test('a burst of one turn that is over the bound cuts nobody who reads', async (t) => {
  const rig = await startRig({ knobs: { sendsPerSecond: 0 }, bounds: { outboundBytesPerSocket: 65_536 } })
  t.after(() => rig.close())
  const ann = await rig.user('ann')
  const room = await rig.room(ann)
  const client = await RawClient.login(rig.urls[0]!, ann)
  await client.subscribe('s', `/topic/rooms/${room}`)
  const messages = Array.from({ length: 20 }, (_, i) => ({
    id: `01J${i}`,
    roomId: room,
    senderId: ann.id,
    nickname: 'ann',
    clientMessageId: `b${i}`,
    type: 'TALK' as const,
    body: 'x'.repeat(10_000),
    acceptedAtMs: 0,
    seq: i + 1,
    prevSeq: i,
  }))
  rig.context.fanout.publish(messages)
  for (let i = 0; i < 20; i++) assert.equal(JSON.parse((await client.expect('MESSAGE')).body).seq, i + 1)
  assert.equal(await rig.metric('chat_slow_consumer_total'), 0)
  client.close()
})

test('a socket that vanishes without a word leaves nothing behind', async (t) => {
  const rig = await startRig()
  t.after(() => rig.close())
  const ann = await rig.user('ann')
  const { port, hostname } = new URL(rig.urls[0]!)
  const tcp = connect(Number(port), hostname)
  const ws = new WebSocket(rig.urls[0]!, { createConnection: () => tcp })
  await once(ws, 'open')
  ws.send(`CONNECT\naccept-version:1.2\nAuthorization:Bearer ${ann.token}\n\n\0`)
  await once(ws, 'message')
  ws.on('error', () => undefined)
  tcp.resetAndDestroy()
  await rig.until('chat_connections', 0)
})
