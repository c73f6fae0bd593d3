import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { RawClient } from '../../support/gateway/raw-client.ts'
import { type Rig, type RigUser, startRig } from '../../support/gateway/rig.ts'

let rig: Rig
let ann: RigUser
let url: string
before(async () => {
  rig = await startRig()
  ann = await rig.user('ann')
  url = rig.urls[0]!
})
after(() => rig.close())

/** Sends one frame on a fresh socket and gives the ERROR and the close code. */
async function refused(act: (client: RawClient) => void, options?: Parameters<typeof RawClient.open>[1]) {
  const client = await RawClient.open(url, options)
  act(client)
  const error = await client.expect('ERROR')
  return { error, closeCode: await client.closed }
}

test('CONNECTED answers CONNECT with version, heart-beat, session, server and user', async () => {
  const client = await RawClient.open(url)
  client.connect(ann, { 'heart-beat': '0,0' })
  const { headers } = await client.expect('CONNECTED')
  assert.equal(headers.version, '1.2')
  assert.equal(headers['heart-beat'], '10000,10000')
  assert.equal(headers['user-name'], ann.id)
  assert.ok(headers.session)
  assert.ok(headers.server)
  client.close()
})

test('STOMP is the same as CONNECT, and one common version is enough', async () => {
  const client = await RawClient.open(url)
  client.frame('STOMP', { 'accept-version': '1.0,1.1,1.2', Authorization: `bearer ${ann.token}` })
  await client.expect('CONNECTED')
  client.close()
})

for (const [offered, chosen] of [
  [['v10.stomp', 'v11.stomp', 'v12.stomp'], 'v12.stomp'],
  [['v11.stomp', 'v10.stomp'], 'v11.stomp'],
  [[], ''],
] as const) {
  test(`of the subprotocols [${offered}] "${chosen}" is chosen`, async () => {
    const client = await RawClient.open(url, { protocols: [...offered] })
    assert.equal(client.ws.protocol, chosen)
    client.close()
  })
}

for (const versions of ['1.0', '1.1', '1.0,1.1', '', undefined]) {
  test(`a client that speaks ${versions ?? 'an unnamed version'} is told which version is spoken`, async () => {
    const { error, closeCode } = await refused(
      (client) => client.frame('CONNECT', { 'accept-version': versions, Authorization: `Bearer ${ann.token}` }),
      { protocols: ['v11.stomp', 'v10.stomp'] },
    )
    assert.equal(error.headers.version, '1.2')
    assert.equal(closeCode, 1002)
  })
}

test('no token, a forged one and an expired one are refused, each with its code', async () => {
  const expired = await rig.user('late', -1_000)
  for (const [authorization, code] of [
    [undefined, 'AUTH-401'],
    ['Basic abc', 'AUTH-401'],
    [`Bearer ${ann.token.slice(0, -2)}xx`, 'AUTH-401'],
    [`Bearer ${expired.token}`, 'AUTH-419'],
  ] as const) {
    const { error, closeCode } = await refused((client) =>
      client.frame('CONNECT', { 'accept-version': '1.2', Authorization: authorization }),
    )
    assert.equal(error.headers.code, code)
    assert.equal(JSON.parse(error.body).code, code)
    assert.equal(closeCode, 1008)
  }
})

test('the token of the HTTP upgrade serves a client that cannot set headers of CONNECT', async () => {
  const client = await RawClient.open(url, { headers: { authorization: `Bearer ${ann.token}` } })
  client.frame('CONNECT', { 'accept-version': '1.2' })
  assert.equal((await client.expect('CONNECTED')).headers['user-name'], ann.id)
  client.close()
})

test('a malformed heart-beat is refused', async () => {
  const { error } = await refused((client) => client.connect(ann, { 'heart-beat': 'often' }))
  assert.equal(error.headers.code, 'SYS-400')
})

for (const command of ['SEND', 'SUBSCRIBE', 'DISCONNECT', 'ACK', 'MESSAGE']) {
  test(`${command} before CONNECT is an error`, async () => {
    const { error, closeCode } = await refused((client) => client.frame(command, { destination: '/x', receipt: 'r' }))
    assert.equal(error.headers.code, 'SYS-400')
    assert.equal(closeCode, 1002)
  })
}

for (const [command, code] of [
  ['CONNECT', 'SYS-400'],
  ['STOMP', 'SYS-400'],
  ['CONNECTED', 'SYS-400'],
  ['RECEIPT', 'SYS-400'],
  ['ACK', 'SYS-501'],
  ['NACK', 'SYS-501'],
  ['BEGIN', 'SYS-501'],
  ['COMMIT', 'SYS-501'],
  ['ABORT', 'SYS-501'],
] as const) {
  test(`${command} after CONNECT is refused with its receipt and ${code}`, async () => {
    const client = await RawClient.login(url, ann)
    client.frame(command, { id: '1', transaction: 't', receipt: 'r\\c1' })
    const error = await client.expect('ERROR')
    assert.equal(error.headers.code, code)
    assert.equal(error.headers['receipt-id'], 'r\\c1')
    assert.equal(await client.closed, 1002)
  })
}

test('frames sent right behind CONNECT wait for it and take effect in order', async () => {
  const room = await rig.room(ann)
  const client = await RawClient.open(url)
  client.connect(ann)
  client.frame('SUBSCRIBE', { id: 's', destination: `/topic/rooms/${room}` })
  client.send(room, { clientMessageId: 'c1', type: 'TALK', body: 'x' }, 'r1')
  client.frame('DISCONNECT', { receipt: 'bye' })
  await client.expect('CONNECTED')
  const rest = [await client.next(), await client.next()]
  assert.deepEqual(
    rest.map(({ command, headers }) => [command, headers['receipt-id']]),
    [
      ['RECEIPT', 'r1'],
      ['RECEIPT', 'bye'],
    ],
  )
  assert.equal(await client.closed, 1000)
})

test('a socket without CONNECT is closed at the deadline', async (t) => {
  const hasty = await startRig({ bounds: { connectDeadlineMs: 50 }, knobs: { heartbeatMs: 100 } })
  t.after(() => hasty.close())
  const client = await RawClient.open(hasty.urls[0]!)
  assert.equal((await client.expect('ERROR')).headers.code, 'SYS-400')
  assert.equal(await client.closed, 1002)
})

test('other paths are not served, and the socket is not left open', async () => {
  const ws = new WebSocket(url.replace('/ws', '/other'))
  const status = await new Promise((resolve) => {
    ws.on('unexpected-response', (_request, response) => resolve(response.statusCode))
    ws.on('error', () => undefined)
  })
  assert.equal(status, 404)
})

test('over the soft cap of sockets an upgrade gets 503 and when to come again', async (t) => {
  const small = await startRig({ bounds: { sockets: 1 } })
  t.after(() => small.close())
  const first = await RawClient.open(small.urls[0]!)
  const ws = new WebSocket(small.urls[0]!)
  ws.on('error', () => undefined)
  const response = await new Promise<{ statusCode?: number; headers: Record<string, unknown> }>((resolve) =>
    ws.on('unexpected-response', (_request, answer) => resolve(answer)),
  )
  assert.equal(response.statusCode, 503)
  assert.ok(Number(response.headers['retry-after']) > 0)
  first.close()
  await first.closed
})
