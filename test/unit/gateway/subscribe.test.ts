import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RawClient } from '../../support/gateway/raw-client.ts'
import { type Rig, type RigUser, startRig } from '../../support/gateway/rig.ts'

let rig: Rig
let ann: RigUser
let bob: RigUser
let room: string
before(async () => {
  rig = await startRig({ bounds: { subscriptionsPerSocket: 3 } })
  ann = await rig.user('ann')
  bob = await rig.user('bob')
  room = await rig.room(ann, bob)
})
after(() => rig.close())

const login = (user: RigUser) => RawClient.login(rig.urls[0]!, user)
const talk = (clientMessageId: string) => ({ clientMessageId, type: 'TALK', body: 'x' })

test('a member gets a receipt and then the room, under each subscription id', async () => {
  const client = await login(ann)
  await client.subscribe('s:1', `/topic/rooms/${room}`)
  await client.subscribe('s2', `/topic/rooms/${room}`)
  client.send(room, talk('sub-1'))
  const got = [await client.expect('MESSAGE'), await client.expect('MESSAGE')]
  assert.deepEqual(got.map(({ headers }) => headers.subscription).sort(), ['s2', 's\\c1'])
  client.frame('UNSUBSCRIBE', { id: 's2', receipt: 'off' })
  assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'off')
  client.send(room, talk('sub-2'))
  assert.equal((await client.expect('MESSAGE')).headers.subscription, 's\\c1')
  client.close()
})

test('a non-member gets ROOM-403 and a closed socket, and no message ever', async () => {
  const eve = await rig.user('eve')
  const client = await login(eve)
  client.frame('SUBSCRIBE', { id: 's', destination: `/topic/rooms/${room}`, receipt: 'r' })
  const error = await client.expect('ERROR')
  assert.equal(error.headers.code, 'ROOM-403')
  assert.equal(error.headers['receipt-id'], 'r')
  assert.equal(await client.closed, 1008)
  assert.equal(client.unread.length, 0)
})

for (const [claim, headers, code] of [
  ['no id', { destination: '/user/queue/acks' }, 'SYS-400'],
  ['an id that is too long', { id: 'x'.repeat(257), destination: '/user/queue/acks' }, 'SYS-400'],
  ['no destination', { id: 's' }, 'SYS-400'],
  ['an unknown destination', { id: 's', destination: '/queue/other' }, 'SYS-404'],
  ['ack:client', { id: 's', destination: '/user/queue/acks', ack: 'client' }, 'SYS-501'],
  ['ack:client-individual', { id: 's', destination: '/user/queue/acks', ack: 'client-individual' }, 'SYS-501'],
  ['an unknown ack mode', { id: 's', destination: '/user/queue/acks', ack: 'maybe' }, 'SYS-400'],
] as const) {
  test(`SUBSCRIBE with ${claim} is refused with ${code}`, async () => {
    const client = await login(ann)
    client.frame('SUBSCRIBE', headers)
    assert.equal((await client.expect('ERROR')).headers.code, code)
    assert.equal(await client.closed, 1002)
  })
}

test('an id is used once a socket, and can be used again after UNSUBSCRIBE', async () => {
  const client = await login(ann)
  await client.subscribe('s', '/user/queue/acks')
  client.frame('UNSUBSCRIBE', { id: 's' })
  await client.subscribe('s', '/user/queue/errors')
  client.frame('SUBSCRIBE', { id: 's', destination: '/user/queue/notices' })
  assert.equal((await client.expect('ERROR')).headers.code, 'SYS-400')
  await client.closed
})

test('subscriptions of a socket are bounded', async () => {
  const client = await login(ann)
  for (const id of ['1', '2', '3']) await client.subscribe(id, '/user/queue/acks')
  client.frame('SUBSCRIBE', { id: '4', destination: '/user/queue/acks' })
  assert.match((await client.expect('ERROR')).headers.message ?? '', /3 subscriptions/)
})

test('UNSUBSCRIBE of an unknown id is an error', async () => {
  const client = await login(ann)
  client.frame('UNSUBSCRIBE', { id: 'nope' })
  assert.equal((await client.expect('ERROR')).headers.code, 'SYS-400')
})

test('a removed member hears of it, loses his subscription, and may still UNSUBSCRIBE', async () => {
  const cho = await rig.user('cho')
  const own = await rig.room(ann, cho)
  const [stays, goes] = [await login(ann), await login(cho)]
  await stays.subscribe('s', `/topic/rooms/${own}`)
  await goes.subscribe('s', `/topic/rooms/${own}`)
  await goes.subscribe('n', '/user/queue/notices')
  await rig.store.directory.removeMember(own, cho.id)
  await rig.context.fanout.signal([{ event: 'MEMBER', roomId: own, userId: cho.id, change: 'REMOVED' }])
  for (const frame of [await stays.expect('MESSAGE'), await goes.expect('MESSAGE'), await goes.expect('MESSAGE')]) {
    assert.deepEqual(JSON.parse(frame.body), { event: 'MEMBER', roomId: own, userId: cho.id, change: 'REMOVED' })
  }
  stays.send(own, talk('after-removal'))
  await stays.expect('MESSAGE')
  goes.frame('UNSUBSCRIBE', { id: 's', receipt: 'off' })
  assert.equal((await goes.next()).headers['receipt-id'], 'off')
  goes.send(own, talk('from-outside'), 'r')
  assert.equal((await goes.expect('ERROR')).headers.code, 'ROOM-403')
  stays.close()
})

test('an added member is told on his notices, wherever he is', async () => {
  const dan = await rig.user('dan')
  const client = await login(dan)
  await client.subscribe('n', '/user/queue/notices')
  await rig.store.directory.addMember(room, dan.id)
  await rig.context.fanout.signal([{ event: 'MEMBER', roomId: room, userId: dan.id, change: 'ADDED' }])
  assert.equal(JSON.parse((await client.expect('MESSAGE')).body).change, 'ADDED')
  await client.subscribe('s', `/topic/rooms/${room}`)
  client.close()
})

test('a subscription is answered once its room is followed, and given back once', async (t) => {
  const own = await startRig()
  t.after(() => own.close())
  const user = await own.user('following')
  const followed = await own.room(user)
  const calls: string[] = []
  const gate = Promise.withResolvers<void>()
  Object.assign(own.context.fanout, {
    follow: () => {
      calls.push('follow')
      return gate.promise
    },
    unfollow: () => void calls.push('unfollow'),
  })
  const client = await RawClient.login(own.urls[0]!, user)
  client.frame('SUBSCRIBE', { id: 's', destination: `/topic/rooms/${followed}`, receipt: 'r' })
  while (calls.length === 0) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(client.unread.length, 0)
  gate.resolve()
  assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'r')
  // The membership ends, then the subscription, then the socket: each would give the room back.
  await own.context.fanout.signal([{ event: 'MEMBER', roomId: followed, userId: user.id, change: 'REMOVED' }])
  await client.expect('MESSAGE')
  client.frame('UNSUBSCRIBE', { id: 's', receipt: 'off' })
  await client.expect('RECEIPT')
  client.close()
  await own.until('chat_connections', 0)
  assert.deepEqual(calls, ['follow', 'unfollow'])
})

test('a room that cannot be followed now is refused with SYS-503, and the socket goes on', async (t) => {
  const own = await startRig()
  t.after(() => own.close())
  const user = await own.user('unlucky')
  const room = await own.room(user)
  Object.assign(own.context.fanout, { follow: () => Promise.reject(new Error('the log does not answer')) })
  const client = await RawClient.login(own.urls[0]!, user)
  await client.subscribe('e', '/user/queue/errors')
  client.frame('SUBSCRIBE', { id: 's', destination: `/topic/rooms/${room}`, receipt: 'r' })
  const refused = await client.expect('MESSAGE')
  assert.match(refused.body, /"code":"SYS-503".*"retryable":true/)
  client.frame('UNSUBSCRIBE', { id: 'e', receipt: 'off' })
  assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'off')
  client.close()
})
