import assert from 'node:assert/strict'
import { readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, type TestContext, test } from 'node:test'
import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from '@platformatic/kafka'
import { createClient } from '@redis/client'
import { Client } from 'cassandra-driver'
import { MongoClient } from 'mongodb'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { Client as PostgresClient } from 'pg'
import type { RunningComponent } from '../../../compose/component.ts'
import { nodeTool } from '../../../compose/components/cassandra/management.ts'
import { isRunning, processStat } from '../../../compose/native/proc.ts'
import type { CommandError } from '../../../compose/provision/commands.ts'
import { type Provided, provide, skipOrFail } from '../../support/components.ts'

/** The processes of a component and everything below them, asked by start time. */
const watch = (pids: readonly number[]) => {
  const seen = pids.map((pid) => [pid, processStat(pid)?.startTicks ?? -1] as const)
  return () => seen.filter(([pid, startTicks]) => isRunning(pid, startTicks)).map(([pid]) => pid)
}

/** 127.0.0.1, itself or mapped into IPv6, the way `/proc/<pid>/net` writes it. */
const LOOPBACK_IN_PROC = /^(0{16}FFFF0000)?0100007F:/

/** Addresses a process listens on, `address:port` in hexadecimal: its sockets among those of its network. */
const listening = (pid: number): string[] => {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
      } catch {
        return []
      }
    }),
  )
  const lines = ['tcp', 'tcp6'].flatMap((kind) => readFileSync(`/proc/${pid}/net/${kind}`, 'utf8').split('\n').slice(1))
  const fields = lines.map((line) => line.trim().split(/\s+/))
  return fields.flatMap(([, local = '', , state, , , , , , inode = '']) =>
    state === '0A' && sockets.has(inode) ? [local] : [],
  )
}

/** Addresses a component's port is open on, whoever holds it open: its own process, or who forwards to a container. */
const openAddresses = ({ publicUrl }: RunningComponent): string[] => {
  const port = Number(/:(\d+)(?:\/|$)/.exec(publicUrl)?.[1])
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = ['tcp', 'tcp6'].flatMap((kind) => readFileSync(`/proc/net/${kind}`, 'utf8').split('\n').slice(1))
  const fields = lines.map((line) => line.trim().split(/\s+/))
  return fields.flatMap(([, local = '', , state]) => (state === '0A' && local.endsWith(ending) ? [local] : []))
}

const assertLoopbackAlone = (component: RunningComponent): void => {
  const open = openAddresses(component)
  assert.notEqual(open.length, 0)
  for (const address of open) assert.match(address, LOOPBACK_IN_PROC)
}

describe('a Kafka of our own', () => {
  let kafka: Provided
  before(async () => {
    kafka = await provide('kafka', { own: true })
  })
  after(async () => kafka.available && kafka.release())

  test('names its version, listens on loopback alone, and keeps what was acked over kill -9', async (t) => {
    if (!skipOrFail(t, kafka)) return
    const { component } = kafka
    assert.equal(component.identity.product, 'Apache Kafka')
    assert.match(component.identity.version, /^4\.\d+\.\d+$/)
    assert.match(component.url, /^127\.0\.0\.1:\d+$/)
    assertLoopbackAlone(component)
    const client = { clientId: 'contract', bootstrapBrokers: [component.url] }
    const admin = new Admin(client)
    await admin.createTopics({ topics: ['kept'], partitions: 1, replicas: 1 })
    await admin.close()
    const producer = new Producer({ ...client, serializers: stringSerializers })
    await producer.send({ messages: [{ topic: 'kept', key: 'room', value: '안녕' }], acks: -1 })
    await producer.close(true)
    await kafka.kill()
    assert.deepEqual(watch(component.processes.map(({ pid }) => pid))(), [])
    const again = await kafka.restart()
    assert.equal(again.url, component.url)
    const consumer = new Consumer({ ...client, groupId: 'reader', deserializers: stringDeserializers })
    const stream = await consumer.consume({ topics: ['kept'], mode: 'earliest' })
    const { value } = await new Promise<{ value: string }>((resolve) => stream.once('data', resolve))
    await consumer.close(true)
    assert.equal(value, '안녕')
  })
})

describe('a MongoDB of our own', () => {
  let mongo: Provided
  before(async () => {
    mongo = await provide('mongo', { own: true })
  })
  after(async () => mongo.available && mongo.release())

  test('names the engine that answers, wants its credentials, and shows none of them', async (t) => {
    if (!skipOrFail(t, mongo)) return
    const { component } = mongo
    assert.match(component.identity.product, /^(MongoDB|FerretDB)$/)
    assert.match(component.identity.version, /^\d+\.\d+/)
    if (component.identity.product === 'FerretDB') assert.match(component.identity.compatibleWith ?? '', /^MongoDB \d/)
    assert.match(component.publicUrl, /^mongodb:\/\/127\.0\.0\.1:\d+\/$/)
    if (component.origin === 'given') return
    const stranger = new MongoClient(component.publicUrl, { serverSelectionTimeoutMS: 5_000 })
    await assert.rejects(stranger.db('chat').collection('messages').insertOne({ body: 'x' }), /auth/i)
    await stranger.close()
    const password = new URL(component.url).password
    const lines = await Promise.all(component.processes.map((process) => process.lastLogLines(1_000)))
    assert.equal(
      lines.flat().some((line) => line.includes(password)),
      false,
    )
  })

  test('keeps what was acked over kill -9, on the same port', async (t) => {
    if (!skipOrFail(t, mongo)) return
    if (mongo.component.origin === 'given') return t.skip('a given MongoDB is never killed')
    const write = new MongoClient(mongo.url)
    const documents = Array.from({ length: 500 }, (_, seq) => ({ seq }))
    await write.db('contract').collection('kept').insertMany(documents, { ordered: false })
    await write.close()
    await mongo.kill()
    const again = await mongo.restart()
    assert.equal(again.url, mongo.url)
    const read = new MongoClient(again.url)
    assert.equal(await read.db('contract').collection('kept').countDocuments(), 500)
    await read.close()
  })
})

describe('a MySQL of our own', () => {
  let mysql: Provided
  before(async () => {
    mysql = await provide('mysql', { own: true })
  })
  after(async () => mysql.available && mysql.release())

  const ask = async (url: string, ...statements: string[]): Promise<RowDataPacket[]> => {
    const connection = await createConnection({ uri: url })
    try {
      let rows: RowDataPacket[] = []
      for (const sql of statements) [rows] = await connection.query<RowDataPacket[]>(sql)
      return rows
    } finally {
      connection.destroy()
    }
  }

  test('names the engine that answers, wants its credentials, and shows none of them', async (t) => {
    if (!skipOrFail(t, mysql)) return
    const { component } = mysql
    if (component.origin === 'given') return
    assert.equal(component.identity.product, 'MySQL')
    assert.match(component.identity.version, /^(8\.[4-9]|9\.\d+)\.\d+$/)
    assert.match(component.publicUrl, /^mysql:\/\/127\.0\.0\.1:\d+\/$/)
    for (const user of ['root', 'lab', '']) {
      const stranger = Object.assign(new URL(component.publicUrl), { username: user })
      await assert.rejects(ask(stranger.href, 'SELECT 1'), /denied|locked/i)
    }
    const password = new URL(component.url).password
    const lines = await Promise.all(component.processes.map((process) => process.lastLogLines(1_000)))
    assert.equal(
      lines.flat().some((line) => line.includes(password)),
      false,
    )
  })

  test('flushes at every commit, keeps no binary log, and listens on loopback alone', async (t) => {
    if (!skipOrFail(t, mysql)) return
    if (mysql.component.origin === 'given') return t.skip('the settings of a given MySQL are its own')
    const sql = `SELECT @@innodb_flush_log_at_trx_commit AS flush, @@innodb_doublewrite AS doublewrite,
      @@log_bin AS binlog, @@socket AS socket`
    const [row] = await ask(mysql.url, sql)
    // Nobody else can reach the file of one inside a container.
    const socket = mysql.component.origin === 'container' ? row?.socket : ''
    assert.deepEqual({ ...row }, { flush: 1, doublewrite: 'ON', binlog: 0, socket })
    assertLoopbackAlone(mysql.component)
  })

  test('keeps what was acked over kill -9, on the same port', async (t) => {
    if (!skipOrFail(t, mysql)) return
    if (mysql.component.origin === 'given') return t.skip('a given MySQL is never killed')
    const rows = Array.from({ length: 500 }, (_, seq) => `(${seq}, '안녕')`).join()
    await ask(
      mysql.url,
      'CREATE DATABASE contract',
      'CREATE TABLE contract.kept (seq INT PRIMARY KEY, body TEXT)',
      `INSERT INTO contract.kept VALUES ${rows}`,
    )
    await mysql.kill()
    const again = await mysql.restart()
    assert.equal(again.url, mysql.url)
    const [kept] = await ask(again.url, "SELECT COUNT(*) AS kept FROM contract.kept WHERE body = '안녕'")
    assert.equal(kept?.kept, 500)
  })
})

describe('a PostgreSQL of our own', () => {
  let postgres: Provided
  before(async () => {
    postgres = await provide('postgres', { own: true })
  })
  after(async () => postgres.available && postgres.release())

  const ask = async (url: string, ...statements: string[]): Promise<Record<string, unknown>[]> => {
    const client = new PostgresClient({ connectionString: Object.assign(new URL(url), { pathname: '/postgres' }).href })
    client.on('error', () => undefined)
    try {
      await client.connect()
      let rows: Record<string, unknown>[] = []
      for (const sql of statements) ({ rows } = await client.query(sql))
      return rows
    } finally {
      await client.end()
    }
  }

  test('names the engine that answers, wants its credentials, and shows none of them', async (t) => {
    if (!skipOrFail(t, postgres)) return
    const { component } = postgres
    if (component.origin === 'given') return
    assert.equal(component.identity.product, 'PostgreSQL')
    assert.match(component.identity.version, /^(1[6-9]|[2-9]\d)\.\d+$/)
    assert.match(component.publicUrl, /^postgres:\/\/127\.0\.0\.1:\d+\/$/)
    for (const username of ['postgres', 'lab', 'nobody']) {
      const stranger = Object.assign(new URL(component.publicUrl), { username, password: 'wrong' })
      await assert.rejects(ask(stranger.href, 'SELECT 1'), /password authentication failed/)
    }
    const password = new URL(component.url).password
    const lines = await Promise.all(component.processes.map((process) => process.lastLogLines(1_000)))
    assert.equal(
      lines.flat().some((line) => line.includes(password)),
      false,
    )
    const [method] = await ask(
      component.url,
      "SELECT rolpassword ~ '^SCRAM-SHA-256' AS scram FROM pg_authid WHERE rolname = 'lab'",
    )
    assert.deepEqual(method, { scram: true })
  })

  test('fsyncs at every commit, writes whole pages, and listens on loopback alone', async (t) => {
    if (!skipOrFail(t, postgres)) return
    if (postgres.component.origin === 'given') return t.skip('the settings of a given PostgreSQL are its own')
    const names = ['fsync', 'synchronous_commit', 'full_page_writes', 'unix_socket_directories', 'max_connections']
    const sql = `SELECT name, setting FROM pg_settings WHERE name IN ('${names.join("','")}')`
    const settings = Object.fromEntries((await ask(postgres.url, sql)).map(({ name, setting }) => [name, setting]))
    assert.deepEqual(settings, {
      fsync: 'on',
      synchronous_commit: 'on',
      full_page_writes: 'on',
      unix_socket_directories: '',
      max_connections: '200',
    })
    assertLoopbackAlone(postgres.component)
  })

  test('keeps what was acked over kill -9, on the same port, and leaves no process behind', async (t) => {
    if (!skipOrFail(t, postgres)) return
    if (postgres.component.origin === 'given') return t.skip('a given PostgreSQL is never killed')
    await ask(
      postgres.url,
      'CREATE TABLE kept (seq int PRIMARY KEY, body text)',
      "INSERT INTO kept SELECT seq, '안녕' FROM generate_series(1, 500) AS seq",
    )
    await postgres.kill()
    const again = await postgres.restart()
    assert.equal(again.url, postgres.url)
    const [kept] = await ask(again.url, "SELECT COUNT(*)::int AS kept FROM kept WHERE body = '안녕'")
    assert.equal(kept?.kept, 500)
    const left = watch(again.processes.map(({ pid }) => pid))
    await postgres.release()
    assert.deepEqual(left(), [])
  })
})

/** Asks a node to flush as somebody who knows its port and not its password. */
async function guess({ processes }: RunningComponent, dataDir: string): Promise<void> {
  const [java = '', ...flags] = readFileSync(`/proc/${processes[0]!.pid}/cmdline`, 'utf8').split('\0')
  const port = flags.flatMap((flag) => /^-Dcassandra\.jmx\.local\.port=(\d+)$/.exec(flag)?.[1] ?? [])
  const passwordFile = join(dataDir, 'guessed')
  writeFileSync(passwordFile, 'lab guessed\n')
  const program = { java, flags: [], classPath: flags[flags.indexOf('-cp') + 1]! }
  const context = { env: process.env, signal: new AbortController().signal }
  await nodeTool({ port: Number(port[0]), passwordFile, dataDir }, program, ['flush'], context)
}

describe('a Cassandra of our own', () => {
  let cassandra: Provided
  before(async () => {
    cassandra = await provide('cassandra', { own: true })
  })
  after(async () => cassandra.available && cassandra.release())

  const connect = async (t: TestContext, url: string) => {
    const client = new Client({ contactPoints: [new URL(url).host], localDataCenter: 'datacenter1' })
    t.after(() => client.shutdown())
    await client.connect()
    return client
  }

  test('names the engine, listens on loopback alone, and waits for the disk before it acknowledges', async (t) => {
    if (!skipOrFail(t, cassandra)) return
    const { component } = cassandra
    assert.match(component.identity.version, /^\d+\.\d+/)
    assert.match(component.publicUrl, /^cassandra:\/\/[^@]+\/\?dc=/)
    if (component.origin === 'given') return
    assert.equal(component.identity.product, 'Apache Cassandra')
    assertLoopbackAlone(component)
    const isContained = component.origin === 'container'
    const addresses = isContained ? [] : component.processes.flatMap(({ pid }) => listening(pid))
    // CQL, the port between nodes, and the node's administration.
    assert.equal(addresses.length, isContained ? 0 : 3)
    for (const address of addresses) assert.match(address, LOOPBACK_IN_PROC)
    const client = await connect(t, component.url)
    const query = "SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'"
    assert.equal((await client.execute(query)).first().value, 'group')
  })

  test('is flushed and compacted by who knows the password, and leaves no replaced file', async (t) => {
    if (!skipOrFail(t, cassandra)) return
    const { component } = cassandra
    if (component.origin === 'given') return t.skip('a given Cassandra is not ours to flush')
    if (component.origin === 'container') return t.skip('no port of its administration leads out of a container')
    const folder = readlinkSync(`/proc/${component.processes[0]!.pid}/cwd`)
    assert.equal(statSync(join(folder, 'jmx.password')).mode & 0o777, 0o600)
    const tables = (keyspace: string) =>
      readdirSync(join(folder, 'data', keyspace), { recursive: true, encoding: 'utf8' }).filter((path) =>
        path.endsWith('-Data.db'),
      )
    const client = await connect(t, component.url)
    await client.execute("CREATE KEYSPACE put WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    await client.execute('CREATE TABLE put.rows (part int PRIMARY KEY, body text)')
    for (const part of [1, 2]) {
      await client.execute('INSERT INTO put.rows (part, body) VALUES (?, ?)', [part, '안녕'], { prepare: true })
      await component.settle!()
      assert.equal(tables('put').length, part)
    }
    await component.compact!('put')
    assert.equal(tables('put').length, 1)
    assert.equal((await client.execute('SELECT part FROM put.rows')).rows.length, 2)
    // Where it ends: the node's server turns the new client away.
    await assert.rejects(guess(component, folder), ({ lines }: CommandError) => {
      assert.match(lines.join('\n'), /Authentication failed|Invalid username or password|RMIServerImpl\.newClient/)
      return true
    })
  })

  test('keeps what was acked over kill -9, on the same port', async (t) => {
    if (!skipOrFail(t, cassandra)) return
    if (cassandra.component.origin === 'given') return t.skip('a given Cassandra is never killed')
    const write = await connect(t, cassandra.url)
    await write.execute("CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}")
    await write.execute('CREATE TABLE kept.rows (part int, seq int, PRIMARY KEY (part, seq))')
    const insert = (seq: number) =>
      write.execute('INSERT INTO kept.rows (part, seq) VALUES (1, ?)', [seq], { prepare: true })
    await Promise.all(Array.from({ length: 500 }, (_, seq) => insert(seq)))
    await write.shutdown()
    await cassandra.kill()
    const again = await cassandra.restart()
    assert.equal(again.url, cassandra.url)
    const read = await connect(t, again.url)
    const counted = await read.execute('SELECT COUNT(*) AS found FROM kept.rows WHERE part = 1')
    assert.equal(Number(counted.first().found), 500)
  })
})

describe('a Redis of our own', () => {
  let redis: Provided
  before(async () => {
    redis = await provide('redis', { own: true })
  })
  after(async () => redis.available && redis.release())

  const connect = async (t: TestContext, url: string) => {
    const client = createClient({ url, socket: { reconnectStrategy: false } })
    client.on('error', () => undefined)
    t.after(() => client.destroy())
    return client.connect()
  }

  test('names the engine that answers, listens on loopback alone, wants its password and shows it nowhere', async (t) => {
    if (!skipOrFail(t, redis)) return
    const { component } = redis
    assert.match(component.identity.product, /^(Redis|Valkey)$/)
    assert.match(component.identity.version, /^\d+\.\d+\.\d+$/)
    if (component.identity.product === 'Valkey') assert.match(component.identity.compatibleWith ?? '', /^Redis \d/)
    assert.match(component.publicUrl, /^redis:\/\/127\.0\.0\.1:\d+\/$/)
    if (component.origin === 'given') return
    assertLoopbackAlone(component)
    assert.equal(openAddresses(component).length, 1)
    const stranger = createClient({ url: component.publicUrl, socket: { reconnectStrategy: false } })
    stranger.on('error', () => undefined)
    await assert.rejects(
      stranger.connect().then(() => stranger.get('key')),
      /NOAUTH|auth/i,
    )
    stranger.destroy()
    const { password } = new URL(component.url)
    for (const { pid } of component.processes)
      assert.equal(readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(password), false)
  })

  test('comes back over kill -9 on the same port, empty', async (t) => {
    if (!skipOrFail(t, redis)) return
    if (redis.component.origin === 'given') return t.skip('a given Redis is never killed')
    const write = await connect(t, redis.url)
    await write.set('key', '안녕')
    await redis.kill()
    const again = await redis.restart()
    assert.equal(again.url, redis.url)
    const read = await connect(t, again.url)
    assert.equal(await read.get('key'), null)
  })
})

test('a component that is released leaves no process', async (t) => {
  const mongo = await provide('mongo', { own: true })
  if (!skipOrFail(t, mongo)) return
  const left = watch(mongo.component.processes.map(({ pid }) => pid))
  await mongo.release()
  assert.deepEqual(left(), [])
})
