import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import type { ChatMessage } from '../../system/protocol/message.ts'
import { openStore } from '../../system/stores/open.ts'
import { Engine } from '../../system/stores/sqlite/engine.ts'
import { flattenDrafts } from '../../system/stores/sqlite/rows.ts'
import { bareCassandra } from './cassandra-floor.ts'
import { barePostgres } from './postgres-floor.ts'
import type { BenchRow } from './row.ts'

const rooms = 200
const users = 1_000
/** Not counted: both sides compile their code in them. */
const warmRounds = 2
const rounds = 15
const leastRowsARound = 2_000
const target = 1.2
const servers = [
  { variable: 'BENCH_MONGO_URL', append: mongoAppend, batches: [100, 500] },
  { variable: 'BENCH_MYSQL_URL', append: mysqlAppend, batches: [100, 500] },
  { variable: 'BENCH_POSTGRES_URL', append: postgresAppend, batches: [100, 500] },
  { variable: 'BENCH_CASSANDRA_URL', append: cassandraAppend, batches: [1_000, 5_000] },
]
const note = `median of ${rounds} rounds`

/**
 * What a stored message costs over the bare driver doing the same writes: same rows, same schema, same batches, same
 * durability, in turns, so that both see the same machine. CPU of all threads of this process; medians of the rounds.
 */
export async function bench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = []
  for (const batchRows of [10, 50, 100]) rows.push(...(await sqliteAppend(batchRows)))
  for (const { variable, append, batches } of servers) {
    const url = process.env[variable]
    if (!url) process.stderr.write(`bench: store: appends of ${variable} skipped, for it is not set\n`)
    else for (const batchRows of batches) rows.push(await append(url, batchRows))
  }
  return rows
}

/**
 * Two rows: the store's own work against the bare driver's, both in this thread; and the whole call, with the way to
 * the store's thread and back. That way has no target: it is what the gateway pays for not waiting for the disk.
 */
async function sqliteAppend(batchRows: number): Promise<BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-bench-'))
  const file = (name: string) => join(folder, `${name}.db`)
  const store = await openStore('sqlite', `sqlite:${file('store')}`)
  const engine = new Engine(file('engine'))
  new Engine(file('floor')).close()
  const floor = bareSqlite(file('floor'))
  const costs = await costsOf(batchRows, (batches) => ({
    floor: inTurn(batches, async (batch) => floor.append(batch)),
    engine: inTurn(batches, async (batch) => void engine.operations.appendDrafts(flattenDrafts(batch))),
    store: inTurn(batches, async (batch) => void (await store.appendDrafts(batch))),
  }))
  floor.close()
  engine.close()
  await store.close()
  await rm(folder, { recursive: true })
  const whole = against(costs.store, costs.floor)
  return [
    { name: `sqlite append, batches of ${batchRows}`, ...against(costs.engine, costs.floor), target, note },
    { name: `  the same through the store's thread`, ...whole, note },
  ]
}

/** Prepared inserts in one transaction, with seqs known beforehand. */
function bareSqlite(file: string) {
  const db = new DatabaseSync(file)
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-65536')
  const insert = db.prepare(`INSERT INTO message (room_id, id, sender_id, nickname, client_message_id, type, body,
    file_id, sent_at_ms, accepted_at_ms, seq, prev_seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const append = (batch: readonly ChatMessage[]) => {
    db.exec('BEGIN IMMEDIATE')
    for (const m of batch) {
      const { roomId, id, senderId, nickname, clientMessageId, type, body, acceptedAtMs, seq, prevSeq } = m
      insert.run(
        roomId,
        id,
        senderId,
        nickname,
        clientMessageId,
        type,
        body,
        null,
        m.sentAtMs!,
        acceptedAtMs,
        seq,
        prevSeq,
      )
    }
    db.exec('COMMIT')
  }
  return { append, close: () => db.close() }
}

async function mongoAppend(serverUrl: string, batchRows: number): Promise<BenchRow> {
  const url = serverUrl.replace(/^(mongodb(?:\+srv)?:\/\/[^/?]+)(?:\/[^?]*)?/, '$1/chat_bench')
  const store = await openStore('mongo', url)
  const client = new MongoClient(url, { writeConcern: { w: 'majority', journal: true } })
  const floor = client.db().collection<{ _id: string }>('floor')
  const floorIdentities = client.db().collection<{ _id: string; message: string }>('floor_identities')
  const costs = await costsOf(batchRows, (batches) => {
    const documents = batches.map((batch) => batch.map(asDocument))
    return {
      floor: inTurn(documents, async (batch) => {
        const identities = batch.map(({ _id, senderId, clientMessageId }) => ({
          _id: `${senderId}:${clientMessageId}`,
          message: _id,
        }))
        await floorIdentities.insertMany(identities, { ordered: false })
        await floor.insertMany(batch, { ordered: false })
      }),
      store: inTurn(batches, async (batch) => void (await store.appendMessages(batch))),
    }
  })
  await store.close()
  await client.db().dropDatabase()
  await client.close()
  return { name: `mongo append, batches of ${batchRows}`, ...against(costs.store, costs.floor), target, note }
}

function asDocument(message: ChatMessage): ChatMessage & { _id: string } {
  return { _id: `${message.roomId}:${String(message.seq).padStart(16, '0')}`, ...message }
}

/** The floor is the driver's own bulk insert, a list of values a row, into a table of the same keys. */
async function mysqlAppend(serverUrl: string, batchRows: number): Promise<BenchRow> {
  const url = Object.assign(new URL(serverUrl), { pathname: '/chat_bench' }).href
  const store = await openStore('mysql', url)
  const connection = await createConnection({ uri: url })
  await connection.query('CREATE TABLE floor LIKE message')
  const sql = `INSERT INTO floor (room_id, seq, prev_seq, id, sender_id, nickname, client_message_id, type, body,
    file_id, sent_at_ms, accepted_at_ms) VALUES ?`
  const costs = await costsOf(batchRows, (batches) => {
    const lists = batches.map((batch) => batch.map(asList))
    return {
      floor: inTurn(lists, async (list) => void (await connection.query(sql, [list]))),
      store: inTurn(batches, async (batch) => void (await store.appendMessages(batch))),
    }
  })
  await store.close()
  await connection.query('DROP DATABASE chat_bench')
  await connection.end()
  return { name: `mysql append, batches of ${batchRows}`, ...against(costs.store, costs.floor), target, note }
}

async function postgresAppend(serverUrl: string, batchRows: number): Promise<BenchRow> {
  const url = Object.assign(new URL(serverUrl), { pathname: '/chat_bench' }).href
  const store = await openStore('postgres', url)
  const floor = await barePostgres(url)
  const costs = await costsOf(batchRows, (batches) => {
    const prepared = batches.map((batch) => floor.prepare(batch))
    return {
      floor: inTurn(prepared, floor.append),
      store: inTurn(batches, async (batch) => void (await store.appendMessages(batch))),
    }
  })
  await store.close()
  await floor.close()
  return { name: `postgres append, batches of ${batchRows}`, ...against(costs.store, costs.floor), target, note }
}

async function cassandraAppend(serverUrl: string, batchRows: number): Promise<BenchRow> {
  const url = Object.assign(new URL(serverUrl), { pathname: '/chat_bench' }).href
  const store = await openStore('cassandra', url)
  const floor = await bareCassandra(url)
  const costs = await costsOf(batchRows, (batches) => {
    const prepared = batches.map((batch) => floor.prepare(batch))
    return {
      floor: inTurn(prepared, floor.append),
      store: inTurn(batches, async (batch) => void (await store.appendMessages(batch))),
    }
  })
  await store.close()
  await floor.close()
  return { name: `cassandra append, batches of ${batchRows}`, ...against(costs.store, costs.floor), target, note }
}

function asList(m: ChatMessage) {
  const { roomId, seq, prevSeq, id, senderId, nickname, clientMessageId, type, body, sentAtMs, acceptedAtMs } = m
  return [roomId, seq, prevSeq, id, senderId, nickname, clientMessageId, type, body, null, sentAtMs, acceptedAtMs]
}

function against(cpuUs: number, floorUs: number) {
  return { cpuUs, floorUs, ratio: cpuUs / floorUs }
}

/** Runs the sides in turns, each round beginning with another one. Medians of the rounds, microseconds a row. */
async function costsOf<Side extends string>(
  batchRows: number,
  prepare: (batches: ChatMessage[][]) => Record<Side, () => Promise<void>>,
): Promise<Record<Side, number>> {
  const next = messageSource()
  const costs = new Map<string, number[]>()
  const rowsARound = Math.max(leastRowsARound, batchRows)
  for (let round = -warmRounds; round < rounds; round++) {
    const batches = Array.from({ length: rowsARound / batchRows }, () => Array.from({ length: batchRows }, next))
    const turns = Object.entries<() => Promise<void>>(prepare(batches))
    for (let turn = 0; turn < turns.length; turn++) {
      const [side, run] = turns[(turn + round + warmRounds) % turns.length]!
      const costUs = (await cpuUs(run)) / rowsARound
      if (round >= 0) costs.set(side, [...(costs.get(side) ?? []), costUs])
    }
  }
  return Object.fromEntries([...costs].map(([side, values]) => [side, median(values)])) as Record<Side, number>
}

function inTurn<Batch>(batches: Batch[], write: (batch: Batch) => Promise<void>): () => Promise<void> {
  return async () => {
    for (const batch of batches) await write(batch)
  }
}

async function cpuUs(run: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await run()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Messages as the default scenario sends them: 200 rooms, 1,000 senders, 200 bytes of Korean and English. */
function messageSource(): () => ChatMessage {
  let k = 0
  const lastSeqs = new Map<string, number>()
  return () => {
    k++
    const roomId = `01ROOM${String(k % rooms).padStart(20, '0')}`
    const prevSeq = lastSeqs.get(roomId) ?? 0
    lastSeqs.set(roomId, prevSeq + 1)
    return {
      id: `01MESSAGE${String(k).padStart(17, '0')}`,
      roomId,
      senderId: `01USER${String(k % users).padStart(20, '0')}`,
      nickname: `별명-${k % users}`,
      clientMessageId: `g0:${k % rooms}:${k}`,
      type: 'TALK',
      body: `${k} 오늘 저녁에 축구 보러 갈래요? See you at the station at seven. `.repeat(2),
      sentAtMs: 1_700_000_000_000 + k,
      acceptedAtMs: 1_700_000_000_001 + k,
      seq: prevSeq + 1,
      prevSeq,
    }
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!
}
