import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { RawClient } from '../../support/gateway/raw-client.ts'
import { type Rig, type RigUser, startRig } from '../../support/gateway/rig.ts'

let rig: Rig
let ann: RigUser
let bob: RigUser
let room: string
before(async () => {
  rig = await startRig({ knobs: { sendsPerSecond: 0 } })
  ann = await rig.user('ann')
  bob = await rig.user('bob')
  room = await rig.room(ann, bob)
})
after(() => rig.close())

const login = (user: RigUser) => RawClient.login(rig.urls[0]!, user)
const talk = (clientMessageId: string, body = 'x') => ({ clientMessageId, type: 'TALK', body })

/** A socket that listens on its errors. */
async function listening(user: RigUser): Promise<RawClient> {
  const client = await login(user)
  await client.subscribe('e', '/user/queue/errors')
  return client
}

test('RECEIPT and ack come when the message is in the store, and it reaches the members as it was sent', async () => {
  const [sender, receiver] = [await login(ann), await login(bob)]
  await sender.subscribe('a', '/user/queue/acks')
  await receiver.subscribe('s', `/topic/rooms/${room}`)
  sender.send(room, { clientMessageId: 'c1', type: 'FILE', body: '안녕\u0000"\\', fileId: 'f1', sentAt: 5 }, 'r\\c1')
  assert.equal((await sender.expect('RECEIPT')).headers['receipt-id'], 'r\\c1')
  const [stored] = await rig.store.readBefore(room, undefined, 1)
  const ack = await sender.expect('MESSAGE')
  assert.equal(ack.headers.destination, '/user/queue/acks')
  assert.deepEqual(JSON.parse(ack.body), { clientMessageId: 'c1', id: stored?.id, roomId: room, seq: stored?.seq })
  const delivered = await receiver.expect('MESSAGE')
  assert.equal(delivered.headers['message-id'], stored?.id)
  assert.equal(delivered.headers.destination, `/topic/rooms/${room}`)
  assert.equal(delivered.headers['content-length'], String(Buffer.byteLength(delivered.body)))
  assert.deepEqual(JSON.parse(delivered.body), {
    id: stored?.id,
    roomId: room,
    seq: stored?.seq,
    prevSeq: 0,
    clientMessageId: 'c1',
    senderId: ann.id,
    nickname: 'ann',
    type: 'FILE',
    body: '안녕\u0000"\\',
    fileId: 'f1',
    acceptedAt: stored?.acceptedAtMs,
  })
  sender.close()
  receiver.close()
})

test('messages of one sender keep their order and their prevSeq chain', async () => {
  const own = await rig.room(ann, bob)
  const [sender, receiver] = [await login(ann), await login(bob)]
  await receiver.subscribe('s', `/topic/rooms/${own}`)
  for (let i = 0; i < 50; i++) sender.send(own, talk(`order-${i}`))
  let last = 0
  for (let i = 0; i < 50; i++) {
    const { clientMessageId, seq, prevSeq } = JSON.parse((await receiver.expect('MESSAGE')).body)
    assert.equal(clientMessageId, `order-${i}`)
    assert.equal(prevSeq, last)
    assert.ok(seq > last)
    last = seq
  }
  sender.close()
  receiver.close()
})

test('a repeated message is acknowledged again with the same place and delivered once', async () => {
  const own = await rig.room(ann)
  const client = await login(ann)
  await client.subscribe('s', `/topic/rooms/${own}`)
  await client.subscribe('a', '/user/queue/acks')
  client.send(own, talk('again'))
  client.send(own, talk('again'))
  client.send(own, talk('other'))
  const frames = []
  while (frames.length < 5) frames.push(JSON.parse((await client.expect('MESSAGE')).body))
  const acks = frames.filter((frame) => frame.senderId === undefined)
  assert.equal(acks[0].seq, acks[1].seq)
  const delivered = frames.filter((frame) => frame.senderId !== undefined)
  assert.deepEqual(
    delivered.map((frame) => frame.clientMessageId),
    ['again', 'other'],
  )
  client.close()
})

for (const [claim, destination, body, code] of [
  ['a body over 102,400 bytes', 'send', JSON.stringify(talk('big', 'x'.repeat(102_401))), 'MSG-413'],
  ['a body over 102,400 bytes of UTF-8', 'send', JSON.stringify(talk('big', '한'.repeat(34_134))), 'MSG-413'],
  ['a payload that is no JSON', 'send', '{', 'MSG-400'],
  ['a payload without fields', 'send', '', 'MSG-400'],
  ['an unknown action', 'shout', '{}', 'SYS-404'],
  ['a receipt of no kind', 'receipt', '{"uptoSeq":1}', 'MSG-400'],
  ['a receipt below 1', 'receipt', '{"kind":"read","uptoSeq":0}', 'MSG-400'],
] as const) {
  test(`${claim} is refused with ${code}, the socket lives, and nothing is written`, async () => {
    const client = await listening(ann)
    const before = await rig.store.readBefore(room, undefined, 1)
    client.frame('SEND', { destination: `/app/rooms/${room}/${destination}`, receipt: 'r1' }, body)
    const refusal = await client.expect('MESSAGE')
    assert.equal(refusal.headers.destination, '/user/queue/errors')
    const said = JSON.parse(refusal.body)
    assert.deepEqual([said.code, said.receipt, said.retryable], [code, 'r1', false])
    assert.deepEqual(await rig.store.readBefore(room, undefined, 1), before)
    client.send(room, talk(`alive-${claim}`), 'r2')
    assert.equal((await client.expect('RECEIPT')).headers['receipt-id'], 'r2')
    client.close()
  })
}

test('without a subscription to the errors a refusal is an ERROR frame and the end of the socket', async () => {
  const client = await login(ann)
  client.send(room, talk('big', 'x'.repeat(102_401)), 'r1')
  const error = await client.expect('ERROR')
  assert.deepEqual([error.headers.code, error.headers['receipt-id']], ['MSG-413', 'r1'])
  assert.equal(await client.closed, 1009)
})

test('who has unsubscribed from the errors gets an ERROR frame again, not silence', async () => {
  const client = await listening(ann)
  client.frame('UNSUBSCRIBE', { id: 'e' })
  client.send(room, talk('big', 'x'.repeat(102_401)))
  assert.equal((await client.expect('ERROR')).headers.code, 'MSG-413')
})

test('a refusal names the message it is about', async () => {
  const eve = await rig.user('eve')
  const client = await listening(eve)
  client.send(room, talk('not-mine'))
  const said = JSON.parse((await client.expect('MESSAGE')).body)
  assert.deepEqual([said.code, said.clientMessageId], ['ROOM-403', 'not-mine'])
  client.close()
})

test('a token that expires in the session refuses the next SEND with AUTH-419, and the socket lives', async () => {
  const brief = await rig.user('brief')
  const own = await rig.room(brief)
  const client = await listening(brief)
  client.send(own, talk('in-time'), 'r1')
  await client.expect('RECEIPT')
  rig.expire(brief)
  client.send(own, talk('late'), 'r2')
  assert.equal(JSON.parse((await client.expect('MESSAGE')).body).code, 'AUTH-419')
  client.frame('SUBSCRIBE', { id: 's', destination: `/topic/rooms/${own}`, receipt: 'r3' })
  assert.equal(JSON.parse((await client.expect('MESSAGE')).body).code, 'AUTH-419')
  client.frame('UNSUBSCRIBE', { id: 'e', receipt: 'alive' })
  await client.expect('RECEIPT')
  client.close()
})

test('a frame with a transaction or without a destination is a protocol error', async () => {
  for (const [headers, code] of [
    [{ destination: `/app/rooms/${room}/send`, transaction: 't' }, 'SYS-501'],
    [{}, 'SYS-400'],
  ] as const) {
    const client = await listening(ann)
    client.frame('SEND', headers, '{}')
    assert.equal((await client.expect('ERROR')).headers.code, code)
    assert.equal(await client.closed, 1002)
  }
})

test('presence is not offered, and says so', async () => {
  const client = await listening(ann)
  client.frame('SEND', { destination: '/app/presence/heartbeat' }, '{}')
  assert.equal(JSON.parse((await client.expect('MESSAGE')).body).code, 'SYS-501')
  client.close()
})

test('a binary payload that is not UTF-8 is refused, one that is goes through', async () => {
  const client = await listening(ann)
  const head = `SEND\ndestination:/app/rooms/${room}/send\nreceipt:r\n\n`
  client.ws.send(Buffer.from(`${head}{"body":"\xff"}\0`, 'latin1'))
  assert.equal(JSON.parse((await client.expect('MESSAGE')).body).code, 'MSG-400')
  client.ws.send(Buffer.from(`${head}${JSON.stringify(talk('binary', '한'))}\0`))
  await client.expect('RECEIPT')
  client.close()
})

test('over the rate of a user SENDs are refused with MSG-429, over all sockets of the user', async (t) => {
  const slow = await startRig({ knobs: { sendsPerSecond: 1, sendBurst: 2 } })
  t.after(() => slow.close())
  const user = await slow.user('fay')
  const own = await slow.room(user)
  const [one, two] = [await RawClient.login(slow.urls[0]!, user), await RawClient.login(slow.urls[0]!, user)]
  for (const client of [one, two]) {
    await client.subscribe('e', '/user/queue/errors')
    client.send(own, talk(`rate-${client === one}`), 'r')
    await client.expect('RECEIPT')
  }
  two.send(own, talk('rate-3'), 'r3')
  const said = JSON.parse((await two.expect('MESSAGE')).body)
  assert.deepEqual([said.code, said.retryable, said.receipt], ['MSG-429', true, 'r3'])
  assert.equal(await slow.metric('chat_refused_total'), 1)
  one.close()
  two.close()
})

test('typing, receipts, entering and leaving are told to the room', async () => {
  const cho = await rig.user('cho')
  const own = await rig.room(ann, cho)
  const [actor, watcher] = [await listening(cho), await login(ann)]
  await watcher.subscribe('s', `/topic/rooms/${own}`)
  watcher.send(own, talk('act-1'))
  const { seq } = JSON.parse((await watcher.expect('MESSAGE')).body)
  const act = async (action: string, payload: object) => {
    actor.frame('SEND', { destination: `/app/rooms/${own}/${action}`, receipt: action }, JSON.stringify(payload))
    assert.equal((await actor.expect('RECEIPT')).headers['receipt-id'], action)
  }
  const heard = async () => JSON.parse((await watcher.expect('MESSAGE')).body)
  const who = { roomId: own, userId: cho.id }
  await act('typing', {})
  assert.deepEqual(await heard(), { event: 'TYPING', ...who, nickname: 'cho' })
  await act('receipt', { kind: 'delivered', uptoSeq: seq })
  assert.deepEqual(await heard(), { event: 'RECEIPT', ...who, kind: 'delivered', uptoSeq: seq })
  await act('receipt', { kind: 'delivered', uptoSeq: seq })
  await act('enter', {})
  assert.deepEqual(await heard(), { event: 'RECEIPT', ...who, kind: 'read', uptoSeq: seq })
  assert.deepEqual(await heard(), { event: 'ROOM', ...who, change: 'ENTERED' })
  await act('leave', {})
  assert.deepEqual(await heard(), { event: 'MEMBER', ...who, change: 'LEFT' })
  assert.equal(await rig.store.directory.isMember(own, cho.id), false)
  actor.close()
  watcher.close()
})
