import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import { WebSocket } from 'ws'
import { RawClient } from '../../support/gateway/raw-client.ts'
import { type Rig, type RigUser, startRig } from '../../support/gateway/rig.ts'

let rig: Rig
let ann: RigUser
let room: string
before(async () => {
  rig = await startRig({ knobs: { sendsPerSecond: 0 } })
  ann = await rig.user('ann')
  room = await rig.room(ann)
})
after(() => rig.close())

const connect = () => `CONNECT\naccept-version:1.2\nAuthorization:Bearer ${ann.token}\n\n\0`
const good = () => [
  `SEND\ndestination:/app/rooms/${room}/send\nreceipt:r\n\n{"clientMessageId":"f","type":"TALK","body":"x"}\0`,
  `SUBSCRIBE\nid:1\ndestination:/topic/rooms/${room}\nreceipt:r\n\n\0`,
  'UNSUBSCRIBE\nid:1\n\n\0',
  'SUBSCRIBE\nid:2\ndestination:/user/queue/errors\n\n\0',
  `SEND\ndestination:/app/rooms/${room}/receipt\n\n{"kind":"read","uptoSeq":1}\0`,
  'ACK\nid:1\n\n\0',
  '\n',
]

const edit = fc.record({ at: fc.nat(), byte: fc.oneof(fc.constantFrom(0, 10, 13, 58, 92), fc.nat({ max: 255 })) })
const script = fc.record({
  login: fc.boolean(),
  picks: fc.array(fc.nat({ max: 6 }), { maxLength: 5 }),
  edits: fc.array(edit, { maxLength: 4 }),
  noise: fc.uint8Array({ maxLength: 40 }),
  cuts: fc.array(fc.nat(), { maxLength: 6 }),
})

/** Plays a script on one socket, ends it by a frame that is surely bad, and gives what the server said last. */
async function play({ login, picks, edits, noise, cuts }: typeof script extends fc.Arbitrary<infer S> ? S : never) {
  const frames = good()
  const bytes = Buffer.concat([Buffer.from(picks.map((pick) => frames[pick]).join('')), Buffer.from(noise)])
  for (const { at, byte } of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte
  const ws = new WebSocket(rig.urls[0]!)
  let last = ''
  ws.on('message', (data) => {
    last = String(data)
  })
  ws.on('error', () => undefined)
  await once(ws, 'open')
  const closed = once(ws, 'close')
  if (login) ws.send(connect())
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  for (const [i, from] of [0, ...places].entries()) ws.send(bytes.subarray(from, places[i] ?? bytes.length))
  // Whatever state the bytes before have left: this ends a body, and then is no frame.
  ws.send(Buffer.from(`\0\n\n\0\nnot a frame\n\n\0${'\0'.repeat(10)}`))
  const [code] = await closed
  return { last, code }
}

test('whatever bytes come: the socket ends with an ERROR frame, and the gateway serves the next one', async () => {
  await fc.assert(
    fc.asyncProperty(script, async (played) => {
      const { last, code } = await play(played)
      assert.match(last, /^ERROR\n/)
      assert.ok([1000, 1002, 1008, 1009].includes(code), String(code))
    }),
    { numRuns: 150 },
  )
  const client = await RawClient.login(rig.urls[0]!, ann)
  await client.subscribe('s', `/topic/rooms/${room}`)
  client.close()
  await rig.until('chat_connections', 0)
})

test('a frame that never ends is cut at its limit', async () => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.login(rig.urls[0]!, ann)))
  const closed = clients.map((client) => client.closed)
  for (const client of clients) {
    client.ws.send('SEND\ndestination:/x\n\n')
    for (let i = 0; i < 40; i++) client.ws.send('x'.repeat(32_768))
  }
  assert.deepEqual(await Promise.all(closed), Array(20).fill(1009))
  for (const client of clients) assert.equal(client.unread[0]?.headers.code, 'MSG-413')
})
