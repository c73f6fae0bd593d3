import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { readFrame } from '../../support/gateway/raw-client.ts'
import { type Rig, type RigUser, startRig } from '../../support/gateway/rig.ts'

let rig: Rig
let ann: RigUser
let room: string
before(async () => {
  rig = await startRig()
  ann = await rig.user('ann')
  room = await rig.room(ann)
})
after(() => rig.close())

const reader = async (ws: WebSocket) => readFrame(String((await once(ws, 'message'))[0]))

/** As clients of RabbitMQ's web-stomp do it: login and passcode, a virtual host, CR LF, binary frames. */
test('a client written for RabbitMQ connects, talks and disconnects', async () => {
  const ws = new WebSocket(rig.urls[0]!, 'v12.stomp')
  await once(ws, 'open')
  const head = ['login:guest', 'passcode:guest', 'host:/', 'accept-version:1.0,1.1,1.2', 'heart-beat:0,0']
  const connected = reader(ws)
  ws.send(Buffer.from(`CONNECT\r\n${head.join('\r\n')}\r\nAuthorization:Bearer ${ann.token}\r\n\r\n\0`))
  assert.equal((await connected).command, 'CONNECTED')

  const subscribed = reader(ws)
  ws.send(Buffer.from('\n'))
  ws.send(Buffer.from(`SUBSCRIBE\r\nid:0\r\nack:auto\r\ndestination:/topic/rooms/${room}\r\nreceipt:s\r\n\r\n\0\n`))
  assert.equal((await subscribed).headers['receipt-id'], 's')

  const body = JSON.stringify({ clientMessageId: 'rabbit', type: 'TALK', body: '안녕' })
  const headers = `destination:/app/rooms/${room}/send\r\ncontent-length:${Buffer.byteLength(body)}\r\npersistent:true`
  const frame = Buffer.from(`\n\nSEND\r\n${headers}\r\n\r\n${body}\0\r\n`)
  const delivered = reader(ws)
  // In the middle of a character of three bytes.
  const middle = frame.indexOf(Buffer.from('안')) + 1
  ws.send(frame.subarray(0, middle))
  ws.send(Buffer.alloc(0))
  ws.send(frame.subarray(middle))
  assert.equal(JSON.parse((await delivered).body).body, '안녕')

  const goodbye = reader(ws)
  ws.send(Buffer.from('UNSUBSCRIBE\r\nid:0\r\n\r\n\0\nDISCONNECT\r\nreceipt:bye\r\n\r\n\0'))
  assert.equal((await goodbye).headers['receipt-id'], 'bye')
  const [code] = await once(ws, 'close')
  assert.equal(code, 1000)
})

test('several frames in one message and one frame in several fragments are all the same', async () => {
  const ws = new WebSocket(rig.urls[0]!)
  await once(ws, 'open')
  const seen: string[] = []
  const done = new Promise<void>((resolve) => {
    ws.on('message', (data) => {
      const { command, headers } = readFrame(String(data))
      seen.push(`${command} ${headers['receipt-id'] ?? ''}`)
      if (seen.length === 4) resolve()
    })
  })
  const queue = (id: string) => `SUBSCRIBE\nid:${id}\ndestination:/user/queue/acks\nreceipt:${id}\n\n\0`
  ws.send(`CONNECT\naccept-version:1.2\nAuthorization:Bearer ${ann.token}\n\n\0${queue('a')}\n\n${queue('b')}`)
  const last = queue('c')
  for (let i = 0; i < last.length; i += 7) ws.send(last.slice(i, i + 7), { fin: i + 7 >= last.length })
  await done
  assert.deepEqual(seen, ['CONNECTED ', 'RECEIPT a', 'RECEIPT b', 'RECEIPT c'])
  ws.terminate()
})
