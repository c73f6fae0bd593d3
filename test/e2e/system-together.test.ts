import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { MessageBody } from '../../system/protocol/message-json.ts'
import type { ProcessIdentity } from '../../system/roles/internal/internal.ts'
import { Person } from '../support/system/person.ts'
import { runSystem, type SpawnedSystem, spawnSystem } from '../support/system/process.ts'

const folder = mkdtempSync(join(tmpdir(), 'chat-e2e-'))
after(() => rmSync(folder, { recursive: true }))
let stores = 0
const newStore = () => ({ CHAT_STORE_URL: `sqlite:${join(folder, `${stores++}`, 'chat.db')}` })

const bodies = (messages: readonly MessageBody[]) => messages.map(({ body }) => body)

describe('gateway and API in one process, two gateways', () => {
  let chat: SpawnedSystem
  before(async () => {
    chat = await spawnSystem(['--edition=sqlite', '--roles=gateway,api', '--gateways=2'], newStore())
  })
  after(() => chat.signal('SIGTERM'))

  test('a message goes from sign-up over two gateways to both members and into history, the same everywhere', async () => {
    assert.equal(chat.publicUrls.length, 2)
    const [ann, bob] = await Promise.all([Person.join(chat.url, 'ann'), Person.join(chat.url, 'bob')])
    const room = await ann.newRoom(bob)
    await ann.connect(chat.publicUrls[0])
    await bob.connect(chat.publicUrls[1])
    const [atAnn, atBob] = await Promise.all([ann.subscribe(room), bob.subscribe(room)])
    await ann.send(room, 'c1', '안녕 bob')
    await bob.send(room, 'c2', 'hello 지민')
    await bob.post(room, 'c3', 'without a socket')
    await Promise.all([ann.until(atAnn, 3), bob.until(atBob, 3)])
    const history = await ann.history(room)
    assert.deepEqual(bodies(history), ['안녕 bob', 'hello 지민', 'without a socket'])
    assert.deepEqual(atAnn, history)
    assert.deepEqual(atBob, history)
    assert.deepEqual(
      history.map(({ prevSeq }) => prevSeq),
      [0, ...history.slice(0, 2).map(({ seq }) => seq)],
    )
    await Promise.all([ann.disconnect(), bob.disconnect()])
  })

  test('a seeded user speaks with the token of the seed', async () => {
    const users = Array.from({ length: 1_000 }, (_, i) => ({ login: `seed-${i}`, nickname: `시드 ${i}` }))
    const rooms = Array.from({ length: 200 }, (_, i) => ({
      name: `r${i}`,
      members: [0, 1, 2, 3, 4].map((n) => i * 5 + n),
    }))
    const response = await chat.internal('POST', '/internal/seed', { users, rooms, tokenLifetimeMs: 60_000 })
    const seeded = (await response.json()) as { users: { id: string; token: string }[]; rooms: { id: string }[] }
    assert.deepEqual([response.status, seeded.users.length, seeded.rooms.length], [200, 1_000, 200])
    const [six, seven] = [6, 7].map((i) => new Person(chat.url, seeded.users[i]!.id, seeded.users[i]!.token)) as [
      Person,
      Person,
    ]
    const room = seeded.rooms[1]!.id
    await Promise.all([six.connect(), seven.connect()])
    const received = await seven.subscribe(room)
    await six.send(room, 'c1', 'from the seed')
    await seven.until(received, 1)
    assert.deepEqual([received[0]?.nickname, received[0]?.senderId], ['시드 6', six.id])
    await Promise.all([six.disconnect(), seven.disconnect()])
  })

  test('the internal server says who runs here, to those who have its token', async () => {
    const identity = (await (await chat.internal('GET', '/identity')).json()) as ProcessIdentity
    assert.deepEqual(
      [identity.edition, identity.pipeline, identity.fanout, identity.log],
      ['sqlite', 'store-first', 'memory', null],
    )
    assert.deepEqual([identity.store.engine.product, identity.store.durability], ['SQLite', 'fsync'])
    assert.equal(identity.limits.bodyBytes, 102_400)
    for (const path of ['/identity', '/admin/drain', '/internal/seed']) {
      const method = path === '/identity' ? 'GET' : 'POST'
      assert.equal((await fetch(chat.internalUrl + path, { method })).status, 401, path)
      assert.equal((await fetch(chat.url + path, { method })).status, 404, `${path} on the public server`)
    }
  })

  test('every server answers the probes, and the metrics show what happened', async () => {
    for (const url of [...chat.publicUrls, chat.internalUrl]) {
      assert.equal((await fetch(`${url}/healthz`)).status, 200)
      assert.deepEqual(await (await fetch(`${url}/readyz`)).json(), { ready: true, reasons: [] })
      const metrics = await (await fetch(`${url}/metrics`)).text()
      for (const name of [
        'chat_accepted_total',
        'chat_stage_seconds_bucket',
        'chat_pending',
        'nodejs_eventloop_lag_p99_seconds',
      ])
        assert.ok(metrics.includes(name), `${name} at ${url}`)
    }
  })
})

test('what had its RECEIPT is in history after kill -9', async () => {
  const env = newStore()
  const first = await spawnSystem([], env)
  const ann = await Person.join(first.url, 'ann')
  const room = await ann.newRoom()
  await ann.connect()
  const sent = Array.from({ length: 20 }, (_, i) => `m${i}`)
  for (const [i, body] of sent.entries()) await ann.send(room, `c${i}`, body)
  assert.equal(await first.signal('SIGKILL'), 'SIGKILL')
  await ann.disconnect()
  const second = await spawnSystem([], env)
  const again = await Person.logIn(second.url, 'ann')
  assert.deepEqual(bodies(await again.history(room)), sent)
  assert.equal(await second.signal('SIGTERM'), 0)
})

test('SIGTERM in the midst of sending closes sockets with 1012, keeps what had its RECEIPT and ends with 0', async () => {
  const env = newStore()
  const first = await spawnSystem([], env)
  const ann = await Person.join(first.url, 'ann')
  const room = await ann.newRoom()
  const { closed } = await ann.connect()
  const acked: string[] = []
  const sending = (async () => {
    for (let i = 0; ; i++) {
      await Promise.race([ann.send(room, `c${i}`, `m${i}`), closed.then(() => Promise.reject(new Error('closed')))])
      acked.push(`m${i}`)
      if (acked.length === 5) void first.signal('SIGTERM')
    }
  })()
  await assert.rejects(sending)
  assert.equal(await closed, 1012)
  assert.equal(await first.exited, 0)
  await ann.disconnect()
  const second = await spawnSystem([], env)
  const history = new Set(bodies(await (await Person.logIn(second.url, 'ann')).history(room)))
  assert.ok(acked.length >= 5)
  assert.deepEqual(
    acked.filter((body) => !history.has(body)),
    [],
  )
  await second.signal('SIGTERM')
})

test('a drain by the internal server tells clients to go elsewhere and leaves the probes up', async () => {
  const chat = await spawnSystem([], newStore())
  const ann = await Person.join(chat.url, 'ann')
  const { closed } = await ann.connect()
  const drained = await chat.internal('POST', '/admin/drain')
  assert.deepEqual(await drained.json(), { drained: true })
  assert.equal(await closed, 1012)
  const ready = await fetch(`${chat.url}/readyz`)
  assert.equal(ready.status, 503)
  assert.ok(((await ready.json()) as { reasons: string[] }).reasons.includes('the process is draining'))
  await assert.rejects(ann.connect())
  assert.equal(await chat.signal('SIGTERM'), 0)
})

test('a port in use ends with 4 and says which port and what to do', async () => {
  const chat = await spawnSystem([], newStore())
  const port = new URL(chat.url).port
  const second = await runSystem([`--port=${port}`], newStore())
  assert.deepEqual([second.code, second.stdout], [4, ''])
  assert.match(second.stderr, new RegExp(`Port ${port} of 127.0.0.1 is in use.*--port`))
  await chat.signal('SIGINT')
})

test('a bad command line ends with 2 and lists every problem; --help ends with 0', async () => {
  const { code, stderr } = await runSystem(['--edition=sqlit', '--gatways=2', '--port=x'])
  assert.equal(code, 2)
  for (const part of ['did you mean "sqlite"', 'did you mean "--gateways"', '--port=x'])
    assert.ok(stderr.includes(part), stderr)
  const help = await runSystem(['--help'])
  assert.deepEqual([help.code, help.stderr], [0, ''])
  assert.match(help.stdout, /Usage: node system\/main\.ts/)
})

test('a store that cannot be opened ends with 4', async () => {
  const { code, stderr } = await runSystem([], { CHAT_STORE_URL: `sqlite:${import.meta.filename}/chat.db` })
  assert.equal(code, 4)
  assert.match(stderr, /CHAT_STORE_URL/)
})
