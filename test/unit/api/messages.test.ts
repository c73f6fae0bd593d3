import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../../../system/protocol/limits.ts'
import { startTestApi, type TestApi } from '../../support/system/api.ts'

describe('messages over REST', () => {
  let api: TestApi
  let ann: { id: string; access: string }
  let room: string
  let count = 0
  before(async () => {
    api = await startTestApi({ sendsPerSecond: 0 })
    ann = await api.newUser('ann')
    room = await newRoom()
  })
  after(() => api.close())

  const newRoom = async (): Promise<string> =>
    (await api.call('POST', '/v1/rooms', { token: ann.access, body: { kind: 'open', memberIds: [] } })).body.id
  const send = (roomId: string, body: string, clientMessageId = `c${count++}`) =>
    api.call('POST', `/v1/rooms/${roomId}/messages`, {
      token: ann.access,
      body: { clientMessageId, type: 'TALK', body },
    })
  const history = (roomId: string, query = '') =>
    api.call('GET', `/v1/rooms/${roomId}/messages${query}`, { token: ann.access })

  test('what was sent is what history has', async () => {
    const sent = await send(room, '안녕하세요 hello 👩‍👩‍👧', 'c-first')
    assert.equal(sent.status, 201)
    const { messages } = (await history(room)).body
    const { acceptedAt, ...rest } = messages[0]
    assert.deepEqual(rest, {
      id: sent.body.id,
      roomId: room,
      seq: sent.body.seq,
      prevSeq: 0,
      clientMessageId: 'c-first',
      senderId: ann.id,
      nickname: 'nick ann',
      type: 'TALK',
      body: '안녕하세요 hello 👩‍👩‍👧',
    })
    assert.ok(Math.abs(Date.now() - acceptedAt) < 60_000)
  })

  test('a repeat under the same clientMessageId is the same message', async () => {
    const [a, b] = [await send(room, 'once', 'c-again'), await send(room, 'once', 'c-again')]
    assert.deepEqual(b.body, a.body)
    const same = (await history(room)).body.messages.filter(
      (m: { clientMessageId: string }) => m.clientMessageId === 'c-again',
    )
    assert.equal(same.length, 1)
  })

  test('walking the pages in either direction meets each message once, whatever the page size', async () => {
    const roomId = await newRoom()
    const sent: number[] = []
    for (let i = 0; i < 23; i++) sent.push((await send(roomId, `m${i}`)).body.seq)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), async (limit) => {
        const down: number[] = []
        for (let next: number | undefined = Number.MAX_SAFE_INTEGER; next !== undefined; ) {
          const page: { messages: { seq: number }[]; nextBefore?: number } = (
            await history(roomId, `?limit=${limit}&before=${next}`)
          ).body
          down.push(...page.messages.map(({ seq }) => seq))
          next = page.nextBefore
        }
        assert.deepEqual(down, sent.toReversed())
        const up: number[] = []
        for (let next: number | undefined = 0; next !== undefined; ) {
          const page: { messages: { seq: number }[]; nextAfter?: number } = (
            await history(roomId, `?limit=${limit}&after=${next}`)
          ).body
          up.push(...page.messages.map(({ seq }) => seq))
          next = page.nextAfter
        }
        assert.deepEqual(up, sent)
      }),
      { numRuns: 12 },
    )
  })

  test('a page has 50 messages unless told, and one asks in one direction', async () => {
    const roomId = await newRoom()
    await Promise.all(Array.from({ length: 60 }, (_, i) => send(roomId, `m${i}`)))
    assert.equal((await history(roomId)).body.messages.length, 50)
    for (const query of ['?limit=0', '?limit=201', '?before=x', '?after=-1', '?before=9&after=1', '?bfore=9'])
      assert.deepEqual(
        [(await history(roomId, query)).status, (await history(roomId, query)).body.code],
        [400, 'SYS-400'],
        query,
      )
  })

  test('a body of 102,400 bytes is taken, one byte more is MSG-413 and is not written', async () => {
    const roomId = await newRoom()
    const whole = '가'.repeat(Math.floor(limits.bodyBytes / 3)) + 'a'.repeat(limits.bodyBytes % 3)
    assert.equal(Buffer.byteLength(whole), limits.bodyBytes)
    assert.equal((await send(roomId, whole)).status, 201)
    const over = await send(roomId, `${whole}a`)
    assert.deepEqual([over.status, over.body.code, over.body.retryable], [413, 'MSG-413', false])
    const huge = await send(roomId, 'a'.repeat(limits.frameBytes))
    assert.deepEqual([huge.status, huge.body.code], [413, 'MSG-413'])
    assert.equal((await history(roomId)).body.messages.length, 1)
    // Every character of the longest body may be escaped in JSON as six.
    const escaped = `{"clientMessageId":"esc","type":"TALK","body":"${'\\u0001'.repeat(limits.bodyBytes)}"}`
    const taken = await api.call('POST', `/v1/rooms/${roomId}/messages`, { token: ann.access, body: escaped })
    assert.equal(taken.status, 201)
  })

  test('receipts rise, never fall, and are told when they rise', async () => {
    const roomId = await newRoom()
    const { seq } = (await send(roomId, 'm')).body
    const put = (uptoSeq: number) =>
      api.call('PUT', `/v1/rooms/${roomId}/receipts`, { token: ann.access, body: { kind: 'read', uptoSeq } })
    api.signals.splice(0)
    assert.deepEqual(
      [(await put(seq)).body, (await put(seq)).body, (await put(0)).body],
      [{ raised: true }, { raised: false }, { raised: false }],
    )
    assert.deepEqual(api.signals, [{ event: 'RECEIPT', roomId, userId: ann.id, kind: 'read', uptoSeq: seq }])
    const [me] = (await api.call('GET', `/v1/rooms/${roomId}/members`, { token: ann.access })).body.members
    assert.equal(me.lastReadSeq, seq)
    const above = await put(seq + 1)
    assert.deepEqual([above.status, above.body.code], [400, 'MSG-400'])
  })

  test('what was sent and refused is counted', async () => {
    const { metrics } = api.context
    const before = await metrics.getSingleMetricAsString('chat_accepted_total')
    await send(room, 'counted')
    await send('nowhere', 'refused')
    const text = (await api.call('GET', '/metrics')).body as string
    assert.ok(!text.includes(before.split('\n').at(-1)!), 'chat_accepted_total has risen')
    assert.match(text, /chat_refused_total\{code="ROOM-404"\} [1-9]/)
  })
})

test('a user who sends faster than allowed gets MSG-429, others do not', async () => {
  const api = await startTestApi({ sendsPerSecond: 1, sendBurst: 3 })
  try {
    const [ann, bob] = [await api.newUser('ann'), await api.newUser('bob')]
    const created = await api.call('POST', '/v1/rooms', {
      token: ann.access,
      body: { kind: 'group', memberIds: [bob.id] },
    })
    const send = async (token: string, clientMessageId: string) =>
      api.call('POST', `/v1/rooms/${created.body.id}/messages`, {
        token,
        body: { clientMessageId, type: 'TALK', body: 'x' },
      })
    const answers = await Promise.all(Array.from({ length: 8 }, (_, i) => send(ann.access, `c${i}`)))
    const refused = answers.filter(({ status }) => status === 429)
    assert.ok(refused.length >= 4, `${refused.length} of 8 were refused`)
    assert.deepEqual([refused[0]?.body.code, refused[0]?.body.retryable], ['MSG-429', true])
    assert.equal((await send(bob.access, 'c')).status, 201)
  } finally {
    await api.close()
  }
})
