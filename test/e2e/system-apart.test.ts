import assert from 'node:assert/strict'
import { after, before, type TestContext, test } from 'node:test'
import { type AvailableComponent, type Provided, provide, skipOrFail } from '../support/components.ts'
import { Person } from '../support/system/person.ts'
import { type SpawnedSystem, spawnSystem } from '../support/system/process.ts'

/** Editions as the lab runs them: each role in a process of its own, over a real Kafka and a real engine. */
const engines = {
  mongo: /^(MongoDB|FerretDB)$/,
  postgres: /^PostgreSQL$/,
  cassandra: /^(Apache Cassandra|ScyllaDB|DataStax Enterprise)$/,
}
type Backend = keyof typeof engines
let kafka: Provided
before(async () => {
  kafka = await provide('kafka')
})
after(async () => {
  if (kafka.available) await kafka.release()
})

interface Apart {
  readonly gateways: readonly SpawnedSystem[]
  readonly api: SpawnedSystem
  persister: SpawnedSystem
  startPersister(): Promise<SpawnedSystem>
  end(): Promise<(number | string)[]>
}

async function startApart(backend: Backend, log: AvailableComponent, store: AvailableComponent): Promise<Apart> {
  const url = new URL(store.url)
  const name = `e2e_${crypto.randomUUID().slice(0, 8)}`
  url.pathname = `/${name}`
  const env = {
    CHAT_STORE_URL: url.href,
    CHAT_LOG_URL: `kafka://${log.url}/${name}`,
    CHAT_TOKEN_SECRET: crypto.randomUUID(),
  }
  const start = (role: string) => spawnSystem([`--edition=${backend}`, `--roles=${role}`], env)
  // One by one: the first makes the schema and the topics.
  const persister = await start('persister')
  const [api, ...gateways] = await Promise.all([start('api'), start('gateway'), start('gateway')])
  const apart: Apart = {
    gateways,
    api,
    persister,
    startPersister: () => start('persister'),
    end: () => Promise.all([...gateways, api, apart.persister].map((each) => each.signal('SIGTERM'))),
  }
  return apart
}

for (const backend of Object.keys(engines) as Backend[]) {
  test(`roles apart over Kafka and ${backend}: two gateways, history, a persister killed in between`, (t) =>
    runApart(t, backend))
}

async function runApart(t: TestContext, backend: Backend): Promise<void> {
  const store = await provide(backend)
  if (!skipOrFail(t, kafka) || !skipOrFail(t, store)) return
  t.after(() => store.release())
  const chat = await startApart(backend, kafka, store)
  const [first, second] = chat.gateways as [SpawnedSystem, SpawnedSystem]
  const [ann, bob] = await Promise.all([Person.join(chat.api.url, 'ann'), Person.join(chat.api.url, 'bob')])
  const room = await ann.newRoom(bob)
  await Promise.all([ann.connect(first.url), bob.connect(second.url)])
  const [atAnn, atBob] = await Promise.all([ann.subscribe(room), bob.subscribe(room)])

  await t.test('what one sends, over any door, both receive in one order', async () => {
    await ann.send(room, 'c1', '안녕')
    await bob.send(room, 'c2', 'hello')
    const posted = await bob.post(room, 'c3', 'posted')
    await Promise.all([ann.until(atAnn, 3), bob.until(atBob, 3)])
    assert.deepEqual(atAnn, atBob)
    assert.deepEqual(
      atAnn.map(({ body }) => body),
      ['안녕', 'hello', 'posted'],
    )
    assert.equal(atAnn[2]?.seq, posted.seq)
    assert.deepEqual(await ann.history(room), atAnn)
  })

  await t.test('a message sent while no persister runs is delivered, and stored by the next one', async () => {
    assert.equal(await chat.persister.signal('SIGKILL'), 'SIGKILL')
    for (let i = 0; i < 10; i++) await ann.send(room, `k${i}`, `while away ${i}`)
    await bob.until(atBob, 13)
    assert.equal((await ann.page(room, 0)).caughtUp, false, 'history says that it is behind')
    chat.persister = await chat.startPersister()
    assert.deepEqual(await ann.history(room), atBob)
    assert.deepEqual(atAnn, atBob)
  })

  await t.test('the identity names the engines as they answered', async () => {
    const identity = (await (await chat.persister.internal('GET', '/identity')).json()) as {
      store: { engine: { product: string } }
      log: { engine: { product: string } }
      roles: string[]
    }
    assert.deepEqual(identity.roles, ['persister'])
    assert.match(identity.log.engine.product, /Kafka/)
    assert.match(identity.store.engine.product, engines[backend])
    const lag = await (await fetch(`${chat.persister.internalUrl}/metrics`)).text()
    assert.match(lag, /chat_persist_lag_messages \d/)
  })

  await t.test('SIGTERM ends every process with 0', async () => {
    await Promise.all([ann.disconnect(), bob.disconnect()])
    assert.deepEqual(await chat.end(), [0, 0, 0, 0])
  })
}
