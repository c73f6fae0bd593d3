import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { ComponentName } from '../../../compose/component.ts'
import { type FillableStore, type FullDiskAnswers, runFullDisk } from '../../../system/stores/conformance/full-disk.ts'
import type { FreshStore } from '../../../system/stores/conformance.ts'
import { openStore } from '../../../system/stores/open.ts'
import type { Store } from '../../../system/stores/store.ts'
import { keyspaceUrl } from '../../support/cassandra-store.ts'
import { provide, skipOrFail } from '../../support/components.ts'
import { freshMongo } from '../../support/mongo-store.ts'
import { freshMysql } from '../../support/mysql-store.ts'
import { freshPostgres } from '../../support/postgres-store.ts'
import { mountSmallDisk, type SmallDisk } from '../../support/small-disk.ts'

/** Engines take space by pieces: with less left some cannot start what they need to refuse properly. */
const leftBytes = 30e6

async function fillableEngine(
  t: TestContext,
  name: ComponentName,
  disk: SmallDisk,
  open: (serverUrl: string) => Promise<Store>,
): Promise<FillableStore | undefined> {
  const own = await provide(name, { own: true, disk })
  if (!skipOrFail(t, own)) return undefined
  if (own.component.origin === 'given') {
    t.skip(`this ${name} is given and its disk not ours to fill`)
    await own.release()
    return undefined
  }
  const store = await open(own.url)
  const end = async () => {
    await store.close()
    await own.release()
  }
  return { store, fill: () => disk.fill(leftBytes), free: disk.free, restart: own.restart, dispose: end }
}

async function fillableSqlite(disk: SmallDisk): Promise<FillableStore> {
  const store = await openStore('sqlite', `sqlite:${join(disk.folder, 'chat.sqlite')}`)
  const stay = async () => {}
  return { store, fill: () => disk.fill(leftBytes), free: disk.free, restart: stay, dispose: () => store.close() }
}

const storeOf = (fresh: (url: string) => Promise<FreshStore>) => async (url: string) => (await fresh(url)).store

interface FullEngine extends FullDiskAnswers {
  readonly name: string
  readonly open: (t: TestContext, disk: SmallDisk) => Promise<FillableStore | undefined>
}

const engines: readonly FullEngine[] = [
  {
    name: 'sqlite',
    errors: ['STORE-FULL indefinite'],
    goesOn: true,
    open: (_t, disk) => fillableSqlite(disk),
  },
  {
    name: 'mysql',
    errors: ['STORE-FULL definite'],
    goesOn: true,
    open: (t, disk) => fillableEngine(t, 'mysql', disk, storeOf(freshMysql)),
  },
  {
    name: 'postgres',
    // A log that cannot grow is a panic: the server restarts itself, and ends when it finds the disk full even then.
    errors: ['STORE-FULL definite', 'STORE-FULL indefinite'],
    goesOn: false,
    open: (t, disk) => fillableEngine(t, 'postgres', disk, storeOf(freshPostgres)),
  },
  {
    name: 'mongo',
    errors: ['STORE-FULL indefinite'],
    goesOn: true,
    open: (t, disk) => fillableEngine(t, 'mongo', disk, storeOf(freshMongo)),
  },
  {
    name: 'cassandra',
    // The node ends as its commit log finds no space: there is nobody left who could say why.
    errors: ['STORE-UNREACHABLE indefinite', 'STORE-TIMEOUT indefinite'],
    goesOn: false,
    open: (t, disk) =>
      fillableEngine(t, 'cassandra', disk, (url) => openStore('cassandra', keyspaceUrl(url, 'chat_full'))),
  },
]

for (const { name, open, ...answers } of engines) {
  test(`${name}: a full disk is told, and loses nothing that was acknowledged`, async (t) => {
    const disk = await mountSmallDisk(t)
    if (disk === null) return
    try {
      const fillable = await open(t, disk)
      if (!fillable) return
      try {
        await runFullDisk(fillable, answers)
      } finally {
        await fillable.dispose()
      }
    } finally {
      await disk.unmount()
    }
  })
}
