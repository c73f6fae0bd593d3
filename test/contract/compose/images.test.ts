/** Images built here, run by a real daemon the way a stack runs them: not as root, where promised on a read-only root. */
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { after, before, test } from 'node:test'
import type { EnvironmentError, Progress } from '../../../compose/component.ts'
import { buildImage } from '../../../compose/images/build.ts'
import { ensureImage, ensureImages } from '../../../compose/images/ensure.ts'
import type { ImageName, ReadyImage } from '../../../compose/images/image.ts'
import { IMAGES } from '../../../compose/images/index.ts'
import { agentInImage } from '../../../compose/images/java.ts'
import { pullImage } from '../../../compose/images/pull.ts'
import { Cache, cacheFolder } from '../../../compose/provision/cache.ts'
import { runContainer } from '../../support/docker/container.ts'
import { type TestDaemon, testDaemon } from '../../support/docker/dockerd.ts'
import { marksIn, marksOfThisMachine } from '../../support/docker/machine.ts'

/**
 * Node alone is 127 MB, and the project can do nothing about that; the other half of the bound is for C libraries
 * (5 MB), busybox (2 MB), the chat and its packages. Twice that again would be a package that came in by mistake.
 */
const CHAT_BOUND_BYTES = 165e6
const TMPFS = { '/tmp': 'rw,mode=1777' }

let docker: TestDaemon
const signal = new AbortController().signal
const quiet = () => undefined
const options = (source: 'official' | 'local' | 'auto') => {
  if (!docker.available) throw new Error(docker.reason)
  const cache = new Cache(cacheFolder(process.env), quiet)
  return { daemon: docker.daemon, source, cache, env: process.env, signal, onProgress: quiet }
}

before(async () => {
  docker = await testDaemon()
})
after(async () => {
  if (docker.available) await docker.stop()
})

async function built(name: ImageName): Promise<ReadyImage> {
  const image = (await ensureImages([name], options('local'))).get(name)
  assert.ok(image)
  assert.equal(image.source, 'local')
  return image
}

interface Run {
  readonly env?: readonly string[]
  readonly files?: Readonly<Record<string, string>>
}

const HAPROXY = `defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 1s
frontend health
  bind 127.0.0.1:8404
  monitor-uri /healthz
`

/** What each needs to start alone, on a read-only root and without a network. Passwords as people write them. */
const RUNS: Readonly<Partial<Record<ImageName, Run>>> = {
  chat: {},
  redis: {},
  prometheus: {},
  'redis-exporter': {},
  'mysql-exporter': { files: { '/.my.cnf': '[client]\nuser = lab\npassword = lab\n' } },
  haproxy: { files: { '/usr/local/etc/haproxy/haproxy.cfg': HAPROXY } },
  kafka: {
    env: [
      'KAFKA_NODE_ID=1',
      'KAFKA_PROCESS_ROLES=broker,controller',
      'KAFKA_CONTROLLER_QUORUM_VOTERS=1@127.0.0.1:9093',
      'KAFKA_LISTENERS=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
      'KAFKA_LISTENER_SECURITY_PROTOCOL_MAP=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'KAFKA_CONTROLLER_LISTENER_NAMES=CONTROLLER',
      'KAFKA_LOG_DIRS=/var/lib/kafka/data',
      `KAFKA_OPTS=${agentInImage}`,
    ],
  },
  mysql: {
    env: ['MYSQL_ROOT_PASSWORD=root', 'MYSQL_DATABASE=chat', 'MYSQL_USER=lab', "MYSQL_PASSWORD=it's a \\ test"],
  },
  postgres: { env: ['POSTGRES_USER=lab', 'POSTGRES_DB=chat', "POSTGRES_PASSWORD=it's a \\ test"] },
  mongo: { env: ['MONGO_INITDB_ROOT_USERNAME=lab', `MONGO_INITDB_ROOT_PASSWORD=it's "a" \\ test`] },
  cassandra: { env: ['MAX_HEAP_SIZE=512m', 'CASSANDRA_LISTEN_ADDRESS=127.0.0.1', `JVM_EXTRA_OPTS=${agentInImage}`] },
}

for (const [name, { env = [], files = {} }] of Object.entries(RUNS) as [ImageName, Run][]) {
  test(`${name} becomes healthy, not as root, on a read-only root file system`, async (t) => {
    if (!docker.available) return t.skip(docker.reason)
    const image = await built(name)
    t.diagnostic(`${name}: ${image.product}, ${(image.sizeBytes / 1e6).toFixed(0)} MB`)
    const { dataPath: volume, user } = image.facts
    const container = await runContainer(docker.daemon, image, { env, files, tmpfs: TMPFS, volume })
    t.after(() => container.remove())
    await container.healthy()
    const [uid, gid] = user.split(':')
    assert.equal(await container.output(['id', '-u']), uid)
    assert.equal(await container.output(['id', '-g']), gid)
    assert.notEqual(uid, '0')
    await assert.rejects(
      container.output(['sh', '-c', 'echo x > /usr/written']),
      /Read-only file system|ermission denied/,
    )
    assert.deepEqual(await marksIn(await container.files(), await marksOfThisMachine()), [])
  })
}

const LOGINS: readonly [ImageName, string][] = [
  [
    'mysql',
    `import('mysql2/promise').then(async ({ createConnection }) => {
      const password = "it's a \\\\ test"
      const open = await createConnection({ host: '127.0.0.1', user: 'lab', password, database: 'chat' })
      await open.query('CREATE TABLE a (b INT)')
      await open.end()
    })`,
  ],
  [
    'postgres',
    `import('pg').then(async ({ Client }) => {
      const password = "it's a \\\\ test"
      const open = new Client({ host: '127.0.0.1', user: 'lab', password, database: 'chat' })
      await open.connect()
      await open.query('CREATE TABLE a (b INT)')
      await open.end()
    })`,
  ],
  [
    'mongo',
    `import('mongodb').then(async ({ MongoClient }) => {
      const auth = { username: 'lab', password: 'it\\'s "a" \\\\ test' }
      const client = new MongoClient('mongodb://127.0.0.1:27017/', { auth })
      await client.db('chat').collection('a').insertOne({ b: 1 })
      await client.close()
    })`,
  ],
]
for (const [name, program] of LOGINS) {
  test(`the user made at the first start of ${name} logs in and writes`, async (t) => {
    if (!docker.available) return t.skip(docker.reason)
    const image = await built(name)
    const { reference } = await built('chat')
    const run = { env: RUNS[name]?.env ?? [], files: {}, tmpfs: TMPFS, volume: image.facts.dataPath }
    const container = await runContainer(docker.daemon, image, run)
    t.after(() => container.remove())
    await container.healthy()
    const printed = new PassThrough()
    const client = {
      Entrypoint: ['node'],
      WorkingDir: '/app',
      HostConfig: { NetworkMode: `container:${container.id}`, AutoRemove: true },
    }
    const [{ StatusCode }] = await docker.daemon.api.run(reference, ['-e', program], printed, client)
    assert.equal(StatusCode, 0, String(printed.read()))
  })
}

test('the chat is small, answers, and lists what is in it', async (t) => {
  if (!docker.available) return t.skip(docker.reason)
  const image = await built('chat')
  assert.ok(image.sizeBytes < CHAT_BOUND_BYTES, `${image.sizeBytes} bytes`)
  const container = await runContainer(docker.daemon, image, { env: [], files: {}, tmpfs: TMPFS, volume: null })
  t.after(() => container.remove())
  await container.healthy()
  assert.match(await container.output(['wget', '-q', '-O', '-', 'http://127.0.0.1:8080/readyz']), /ready|ok/i)
  const bom = JSON.parse(await container.output(['cat', '/sbom.json'])) as {
    bomFormat: string
    components: { name: string }[]
  }
  assert.equal(bom.bomFormat, 'CycloneDX')
  const listed = new Set(bom.components.map((each) => each.name))
  const there = (await container.output(['ls', '/app/node_modules']))
    .split('\n')
    .filter((each) => !each.startsWith('@'))
  assert.deepEqual(
    there.filter((each) => !listed.has(each)),
    [],
  )
  assert.ok(listed.has('node'))
  assert.ok(!there.includes('typescript') && !there.includes('uplot'), 'nothing of the lab and of development')
})

test('secrets come to the chat as files', async (t) => {
  if (!docker.available) return t.skip(docker.reason)
  const env = ['CHAT_INTERNAL_TOKEN_FILE=/run/secrets/internal']
  const files = { '/run/secrets/internal': 'a-token-of-this-test' }
  const container = await runContainer(docker.daemon, await built('chat'), { env, files, tmpfs: TMPFS, volume: null })
  t.after(() => container.remove())
  await container.healthy()
  const identity = ['wget', '-q', '-O', '-', '--header', 'Authorization: Bearer a-token-of-this-test']
  const answer = await container.output([...identity, 'http://127.0.0.1:9100/identity'])
  assert.equal((JSON.parse(answer) as { edition: string }).edition, 'sqlite')
})

test('an image that is there is not built again, and other content is another image', async (t) => {
  if (!docker.available) return t.skip(docker.reason)
  const first = await built('redis')
  const steps: string[] = []
  const again = await ensureImages(['redis'], { ...options('local'), onProgress: ({ step }) => void steps.push(step) })
  assert.deepEqual(again.get('redis'), first)
  assert.deepEqual(steps, [])
  const local = async () => ({
    key: 'other content',
    entries: () => IMAGES.redis.local!(options('local')).then((content) => content.entries()),
  })
  const other = await buildImage({ ...IMAGES.redis, local }, options('local'))
  t.after(() => docker.available && docker.daemon.api.getImage(other.reference).remove())
  assert.notEqual(other.reference, first.reference)
})

test('an image that cannot be pulled says which, why, and the way without a registry', async (t) => {
  if (!docker.available) return t.skip(docker.reason)
  // No registry is there: port 1 on loopback refuses.
  const official = { reference: '127.0.0.1:1/nothing:1' }
  await assert.rejects(pullImage(IMAGES.redis, official, options('official')), (error: EnvironmentError) => {
    assert.equal(error.code, 'ENV-PROVISION')
    assert.match(error.message, /127\.0\.0\.1:1\/nothing:1 \(redis\) cannot be pulled: .*refused/)
    assert.match(error.remedy, /--images=local/)
    return true
  })
  const steps: string[] = []
  const fallback = { ...IMAGES.redis, official }
  const onProgress = ({ step }: Progress) => void steps.push(step)
  const image = await ensureImage(fallback, { ...options('auto'), onProgress })
  assert.equal(image.source, 'local')
  assert.match(steps.join('\n'), /cannot be pulled.*Building it here instead/)
})

test('what has no local way says so', async (t) => {
  if (!docker.available) return t.skip(docker.reason)
  await assert.rejects(ensureImages(['grafana'], options('local')), /grafana cannot be built here/)
})
