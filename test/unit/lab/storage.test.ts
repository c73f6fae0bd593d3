import assert from 'node:assert/strict'
import { link, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { type TestContext, test } from 'node:test'
import type { ResourceSample, Session } from '../../../compose/component.ts'
import { listedFiles } from '../../../compose/docker/volume.ts'
import { type StorageMarks, storageOf } from '../../../lab/judge/storage.ts'
import { diskUsage } from '../../../lab/measure/diskUsage.ts'
import { checkpointSqlite, engineFiles, volumeStorage } from '../../../lab/run/reference/storage.ts'
import { StorageMeter } from '../../../lab/run/storageMeter.ts'

async function newFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-storage-'))
  t.after(() => rm(folder, { recursive: true }))
  return folder
}
const blocksOf = async (path: string) => (await stat(path)).blocks * 512
const usage = (bytes: number, journalBytes = 0) => ({ bytes, journalBytes })

test('disk use is allocated blocks, of each file once, the journal apart', async (t) => {
  const folder = await newFolder(t)
  await mkdir(join(folder, 'pg/pg_wal'), { recursive: true })
  await writeFile(join(folder, 'table'), Buffer.alloc(100_000, 1))
  await writeFile(join(folder, 'pg/pg_wal/1'), Buffer.alloc(50_000, 1))
  await link(join(folder, 'table'), join(folder, 'same'))
  const [table, log, pg, wal] = await Promise.all(
    ['table', 'pg/pg_wal/1', 'pg', 'pg/pg_wal'].map((name) => blocksOf(join(folder, name))),
  )
  assert.deepEqual(await diskUsage(folder, engineFiles.mongo!.journal), {
    bytes: table! + pg!,
    journalBytes: log! + wal!,
  })
  assert.ok(table! >= 100_000)
  await assert.rejects(diskUsage(join(folder, 'nowhere'), /x/), /ENOENT/)
})

test('compaction gives back what was deleted in SQLite, and its log is no data', async (t) => {
  const folder = await newFolder(t)
  const url = `sqlite:${join(folder, 'chat.sqlite')}`
  const { journal, compact } = engineFiles.sqlite!
  const database = new DatabaseSync(join(folder, 'chat.sqlite'))
  t.after(() => database.close())
  database.exec('PRAGMA journal_mode=WAL; CREATE TABLE t (x); BEGIN')
  const insert = database.prepare('INSERT INTO t VALUES (?)')
  for (let i = 0; i < 2_000; i++) insert.run('x'.repeat(500))
  database.exec('COMMIT')
  const inLog = await diskUsage(folder, journal)
  assert.ok(inLog.journalBytes > 1_000_000 && inLog.bytes < 500_000, JSON.stringify(inLog))
  checkpointSqlite(url)
  const settled = await diskUsage(folder, journal)
  assert.ok(settled.bytes > 1_000_000 && settled.journalBytes < 100_000, JSON.stringify(settled))
  database.exec('DELETE FROM t')
  await compact!(url)
  assert.ok((await diskUsage(folder, journal)).bytes < 100_000)
})

test('figures a message: growth, the compacted whole over the empty store, bytes written over bodies', () => {
  const marks: StorageMarks = {
    empty: usage(1_000),
    before: usage(11_000),
    after: usage(31_000, 700),
    compacted: usage(16_000),
    writtenBytes: 60_000,
  }
  const found = { messages: 50, history: 25, bodyBytes: 200 }
  const result = storageOf(marks, found)
  assert.deepEqual(
    [result.bytesPerMessage, result.compactedBytesPerMessage, result.bodyBytes, result.writeAmplification],
    [400, 200, 10_000, 6],
  )
  assert.deepEqual([result.journalBytes, result.messages, result.history], [700, 50, 25])
  const unknown = storageOf({ ...marks, compacted: null, writtenBytes: null }, { ...found, messages: 0 })
  assert.deepEqual(
    [unknown.bytesPerMessage, unknown.compactedBytesPerMessage, unknown.writeAmplification],
    [null, null, null],
  )
})

/** A store whose folder and processes have grown at each look. */
function meterOf(change: { measure?: (look: number) => Promise<ReturnType<typeof usage>>; writtenBytes?: null } = {}) {
  let look = 0
  const told: string[] = []
  const calls: string[] = []
  const sample: Session['sample'] = () => {
    const process = { atMs: 0, cpuSeconds: 0, residentBytes: 0, readBytes: 0, writtenBytes: 100 * look, writeCalls: 0 }
    const other = 'writtenBytes' in change ? { ...process, writtenBytes: null } : process
    const processes = new Map<string, ResourceSample>([
      ['a', process],
      ['b', other],
      ['generator', process],
    ])
    return { machine: { atMs: 0, busySeconds: 0, stealSeconds: 0 }, processes }
  }
  const storage = {
    groups: ['a', 'b'],
    measure: async () => {
      calls.push('measure')
      look++
      return change.measure === undefined ? usage(look) : change.measure(look)
    },
    compact: async () => void calls.push('compact'),
  }
  return { meter: new StorageMeter(storage, { sample }, (text) => told.push(text)), told, calls, sample }
}

async function measured(meter: StorageMeter, compact: boolean): Promise<StorageMarks | null> {
  await meter.empty()
  await meter.before()
  return meter.after(compact)
}

test('files of a container are read from what either ls prints, and those of the log are told by their path', () => {
  const root = '/var/lib/mysql'
  const busybox = `${root}:
total 12
drwxr-x---    2 999      999           4096 Nov 30 13:15 #innodb_redo
-rw-r-----    1 999      999          16384 Nov 30 13:15 #ib_16384_0.dblwr
-rw-r-----    1 999      999             56 Nov 30 13:15 auto.cnf

${root}/#innodb_redo:
total 4
-rw-r-----    1 999      999        3276800 Nov 30 13:15 #ib_redo10
`
  const gnu = busybox.replaceAll('Nov 30 13:15', '2026-11-30 13:15').replaceAll('    ', '  ')
  for (const text of [busybox, gnu]) {
    const files = listedFiles(text, root)
    assert.deepEqual(
      files.map(({ path, bytes }) => [path, bytes]),
      [
        ['#ib_16384_0.dblwr', 16_384],
        ['auto.cnf', 56],
        ['#innodb_redo/#ib_redo10', 3_276_800],
      ],
    )
    const { journal } = engineFiles.mysql
    assert.deepEqual(
      files.map(({ path }) => journal.test(path)),
      [true, false, true],
    )
  }
})

test('the log of PostgreSQL is told apart natively and in a volume', () => {
  const { journal } = engineFiles.postgres
  const paths = [
    'pg/pg_wal/000000010000000000000001',
    '18/docker/pg_wal/000000010000000000000001',
    '18/docker/base/5/2619',
  ]
  assert.deepEqual(
    paths.map((path) => journal.test(path)),
    [true, true, false],
  )
})

test('an engine that cannot be told to write is not measured where its files say nothing without that', () => {
  const volume = { usage: async () => usage(1) }
  const of = (kind: 'mysql' | 'cassandra', settle?: () => Promise<void>) =>
    volumeStorage({ ...volume, ...(settle && { settle }) }, engineFiles[kind], kind, `${kind}://x/chat`)
  assert.ok('obstacle' in of('cassandra'))
  assert.ok('measure' in of('cassandra', async () => {}))
  assert.ok('measure' in of('mysql'))
})

test('a store that cannot be measured is told of once, with the reason', async () => {
  const told: string[] = []
  const { sample } = meterOf()
  const meter = new StorageMeter({ obstacle: 'it is elsewhere' }, { sample }, (text) => told.push(text))
  assert.equal(await measured(meter, true), null)
  assert.deepEqual(told, ["the store's disk use is not measured: it is elsewhere"])
})

test('the meter looks four times, compacts only when asked, and sums what the store processes wrote between', async () => {
  const { meter, calls, told } = meterOf()
  assert.deepEqual(await measured(meter, true), {
    empty: usage(1),
    before: usage(2),
    after: usage(3),
    compacted: usage(4),
    // Two processes, each from 200 to 300.
    writtenBytes: 200,
  })
  assert.deepEqual(calls, ['measure', 'measure', 'measure', 'compact', 'measure'])
  const plain = meterOf()
  assert.equal((await measured(plain.meter, false))?.compacted, null)
  assert.ok(!plain.calls.includes('compact'))
  assert.deepEqual(told, [])
})

test('a look that fails is told and leaves no figure that rests on it', async () => {
  const failing = (at: number) =>
    meterOf({ measure: async (look) => (look === at ? Promise.reject(new Error('disk gone')) : usage(look)) })
  for (const at of [1, 2, 3]) {
    const { meter, told } = failing(at)
    assert.equal(await measured(meter, true), null)
    assert.deepEqual(told, ["the store's disk use could not be measured: disk gone"])
  }
  const last = failing(4)
  assert.deepEqual((await measured(last.meter, true))?.compacted, null)
  assert.equal((await measured(meterOf({ writtenBytes: null }).meter, false))?.writtenBytes, null)
})

test('a store that is not ours is not measured', async () => {
  const { sample } = meterOf()
  assert.equal(await measured(new StorageMeter(undefined, { sample }, assert.fail), true), null)
})
