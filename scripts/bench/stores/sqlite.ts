import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import { openStore } from '../../../system/stores/open.ts'
import { Engine } from '../../../system/stores/sqlite/engine.ts'
import { flattenDrafts } from '../../../system/stores/sqlite/rows.ts'
import type { BenchRow } from '../row.ts'
import { against, costsOf, inTurn, note } from './costs.ts'

/**
 * Two rows: the store's own work against the bare driver's, both in this thread; and the whole call, with the way to
 * the store's thread and back. That way has no target: it is what the gateway pays for not waiting for the disk.
 */
export async function sqliteAppend(batchRows: number, target: number): Promise<BenchRow[]> {
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
