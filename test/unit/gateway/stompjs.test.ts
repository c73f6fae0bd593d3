import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Client, type IFrame, type IMessage, Versions } from '@stomp/stompjs'
import { WebSocket } from 'ws'
import { type Rig, type RigUser, startRig } from '../../support/gateway/rig.ts'

let rig: Rig
let ann: RigUser
let bob: RigUser
let room: string
before(async () => {
  rig = await startRig({ knobs: { heartbeatMs: 200 } })
  ann = await rig.user('ann')
  bob = await rig.user('bob')
  room = await rig.room(ann, bob)
})
after(() => rig.close())

/** The library as it is published; only its WebSocket is Node's. */
function client(user: RigUser, settings: Partial<Client> = {}): Client {
  const made = new Client({
    webSocketFactory: () => new WebSocket(rig.urls[0]!, ['v12.stomp', 'v11.stomp', 'v10.stomp']) as never,
    connectHeaders: { Authorization: `Bearer ${user.token}` },
    reconnectDelay: 0,
    heartbeatIncoming: 200,
    heartbeatOutgoing: 200,
  })
  return Object.assign(made, settings)
}

async function connected(made: Client): Promise<Client> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  made.onConnect = () => resolve()
  made.onStompError = (frame) => reject(new Error(frame.headers.message))
  made.activate()
  await promise
  return made
}

function receipt(made: Client, id: string): Promise<IFrame> {
  return new Promise((resolve) => made.watchForReceipt(id, resolve))
}

/** The messages of a subscription, one `next` each. */
function listen(made: Client, destination: string) {
  const waiting: ((message: IMessage) => void)[] = []
  const read: IMessage[] = []
  const subscribed = receipt(made, `sub ${destination}`)
  made.subscribe(
    destination,
    (message) => {
      const next = waiting.shift()
      if (next) next(message)
      else read.push(message)
    },
    { receipt: `sub ${destination}` },
  )
  const next = () => {
    const message = read.shift()
    return message ? Promise.resolve(message) : new Promise<IMessage>((resolve) => waiting.push(resolve))
  }
  return { subscribed, next }
}

for (const binary of [false, true]) {
  test(`connect, subscribe, send, receive, acknowledge, disconnect with ${binary ? 'binary' : 'text'} frames`, async () => {
    const [sender, receiver] = [
      await connected(client(ann, { forceBinaryWSFrames: binary })),
      await connected(client(bob, { forceBinaryWSFrames: binary })),
    ]
    const messages = listen(receiver, `/topic/rooms/${room}`)
    const acks = listen(sender, '/user/queue/acks')
    await Promise.all([messages.subscribed, acks.subscribed])
    const durable = receipt(sender, 'r:1')
    const body = { clientMessageId: `js-${binary}`, type: 'TALK', body: '안녕\nhello\u0000' }
    sender.publish({ destination: `/app/rooms/${room}/send`, body: JSON.stringify(body), headers: { receipt: 'r:1' } })
    await durable
    assert.equal(JSON.parse((await acks.next()).body).clientMessageId, body.clientMessageId)
    const message = await messages.next()
    assert.equal(JSON.parse(message.body).body, body.body)
    assert.equal(message.headers.destination, `/topic/rooms/${room}`)
    await sender.deactivate()
    await receiver.deactivate()
    assert.equal(sender.connected, false)
  })
}

test('large frames that the library splits over WebSocket messages are put together', async () => {
  const made = await connected(client(ann, { splitLargeFrames: true, maxWebSocketChunkSize: 1_000 }))
  const body = JSON.stringify({ clientMessageId: 'split', type: 'TALK', body: 'x'.repeat(20_000) })
  const durable = receipt(made, 'split')
  made.publish({ destination: `/app/rooms/${room}/send`, body, headers: { receipt: 'split' } })
  await durable
  await made.deactivate()
})

test('heart-beats keep both sides content', async () => {
  const made = client(ann)
  const { promise: fiveBeats, resolve } = Promise.withResolvers<void>()
  let beats = 0
  made.debug = (line) => {
    // The library's own word for a heart-beat of the server; at the third one a mute client would have been cut.
    if (line === '<<< PONG' && ++beats === 5) resolve()
  }
  await connected(made)
  const closed = new Promise((_, reject) => {
    made.onWebSocketClose = () => reject(new Error('the connection was cut'))
  })
  await Promise.race([fiveBeats, closed])
  made.onWebSocketClose = () => undefined
  await made.deactivate()
})

test('a refused login reaches onStompError', async () => {
  const made = client({ ...ann, token: 'nonsense' })
  const failed = new Promise<IFrame>((resolve) => {
    made.onStompError = resolve
  })
  made.activate()
  assert.equal((await failed).headers.code, 'AUTH-401')
  await made.deactivate()
})

test('a library that speaks only STOMP 1.1 reads why it is refused', async () => {
  const made = client(ann, { stompVersions: new Versions(['1.1']) })
  const failed = new Promise<IFrame>((resolve) => {
    made.onStompError = resolve
  })
  made.activate()
  assert.equal((await failed).headers.version, '1.2')
  await made.deactivate()
})

test('a transaction is refused, not ignored', async () => {
  const made = await connected(client(ann))
  const failed = new Promise<IFrame>((resolve) => {
    made.onStompError = resolve
  })
  made.begin('tx')
  assert.equal((await failed).headers.code, 'SYS-501')
  await made.deactivate()
})
