import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { draft, message, room, user, wholeRoom } from '../../../system/stores/conformance/samples.ts'
import { openStore } from '../../../system/stores/open.ts'
import { Connection } from '../../../system/stores/sqlite/connection.ts'
import { migrate, migrations } from '../../../system/stores/sqlite/migrations.ts'
import { type Store, StoreError } from '../../../system/stores/store.ts'

describe('schema of a SQLite store', () => {
  let folder: string
  let file: string
  let opened: Store[]
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chat-schema-'))
    file = join(folder, 'chat.db')
    opened = []
  })
  afterEach(async () => {
    for (const store of opened) await store.close()
    await rm(folder, { recursive: true })
  })

  async function open(): Promise<Store> {
    const store = await openStore('sqlite', `sqlite:${file}`)
    opened.push(store)
    return store
  }

  function fillVersion1(): void {
    const connection = new Connection(file)
    assert.equal(migrate(connection, migrations.slice(0, 1)), 1)
    connection.db.exec(`
      INSERT INTO user VALUES ('user-1', 'login-1', 'u1@example.test', '별명-1', 'hash-1', 1700000000001);
      INSERT INTO room VALUES ('old', 'c1', 'direct', NULL, 1), ('twin', 'c2', 'direct', NULL, 2), ('group', 'c3', 'group', 'g', 3);
      INSERT INTO membership (room_id, user_id) VALUES ('old', 'b'), ('old', 'a'), ('twin', 'a'), ('twin', 'b'), ('group', 'a'), ('group', 'b');
      INSERT INTO message (room_id, seq, prev_seq, id, sender_id, nickname, client_message_id, type, body, accepted_at_ms)
        VALUES ('room-1', 1, 0, '${message(1).id}', 'user-1', '별명', 'c-1', 'TALK', 'message 1', ${message(1).acceptedAtMs});
      INSERT INTO room_counter VALUES ('room-1', 1);`)
    connection.close()
  }

  test('a filled store of version 1 moves forward with everything in it', async () => {
    fillVersion1()
    const store = await open()
    assert.equal(store.schemaVersion, migrations.at(-1)!.version)
    assert.deepEqual(await store.directory.userByLogin('login-1'), user(1))
    assert.deepEqual(await wholeRoom(store), [message(1)])
    const [next] = await store.appendDrafts([draft(2)])
    assert.deepEqual(next!.message, message(2))
    const again = await store.directory.createRoom(room(9, { kind: 'direct' }), ['a', 'b'])
    assert.equal(again.room.id, 'old')
    assert.equal((await store.directory.roomsOf('a', { limit: 9 })).rooms.length, 3)
  })

  test('processes that open an older store at once migrate it once', async () => {
    fillVersion1()
    const stores = await Promise.all([open(), open(), open()])
    assert.deepEqual(new Set(stores.map(({ schemaVersion }) => schemaVersion)), new Set([migrations.at(-1)!.version]))
    const db = new DatabaseSync(file)
    const versions = db.prepare('SELECT version FROM schema_migration ORDER BY version').all()
    assert.deepEqual(
      versions.map(({ version }) => version),
      migrations.map(({ version }) => version),
    )
    db.close()
  })

  test('processes that open a new store at once all get it', async () => {
    const stores = await Promise.all([open(), open(), open()])
    await Promise.all(stores.map((store, w) => store.appendDrafts([draft(w)])))
    assert.equal((await wholeRoom(stores[0])).length, 3)
  })

  test('a store of a newer version is refused and left as it is', async () => {
    const store = await open()
    await store.close()
    const db = new DatabaseSync(file)
    db.exec('INSERT INTO schema_migration VALUES (99, 0)')
    db.close()
    await assert.rejects(open(), (error) => {
      assert.ok(error instanceof StoreError)
      assert.deepEqual([error.code, error.effect, error.retryable], ['STORE-SCHEMA', 'definite', false])
      return true
    })
  })

  test('a file that is no database is refused with a coded error', async () => {
    file = join(import.meta.dirname, 'sqlite-migrations.test.ts')
    await assert.rejects(open(), (error) => error instanceof StoreError && error.code === 'STORE-SCHEMA')
  })

  test('an address without a file is refused with a coded error', async () => {
    await assert.rejects(
      openStore('sqlite', file),
      (error) => error instanceof StoreError && error.code === 'STORE-UNREACHABLE',
    )
  })
})
