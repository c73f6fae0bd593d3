import type { ChatMessage } from '../../protocol/message.ts'
import type { Directory } from '../directory.ts'
import { Connection } from './connection.ts'
import { DirectoryTables } from './directory.ts'
import { MessageTable, type PlacedDrafts } from './messages.ts'
import { migrate } from './migrations.ts'
import { RoomList } from './room-list.ts'
import type { Value } from './rows.ts'

/** Everything the worker does for the store, by name: what is `read` never waits behind a write. */
export interface Operations extends DirectoryOperations {
  appendDrafts(flat: readonly Value[]): PlacedDrafts
  appendMessages(flat: readonly Value[], seqs: Float64Array, prevSeqs: Float64Array): number[]
  readBefore(roomId: string, beforeSeq: number | undefined, limit: number): ChatMessage[]
  readAfter(roomId: string, afterSeq: number, limit: number): ChatMessage[]
  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): number[]
  logEpoch(topicId: string): number
  /** Both as the engine says. */
  facts(): { readonly version: string; readonly cacheKib: number }
  ping(): void
}

type DirectoryOperations = {
  [Name in keyof Directory]: (...args: Parameters<Directory[Name]>) => Awaited<ReturnType<Directory[Name]>>
}

export type OperationName = keyof Operations

export const directoryNames = [
  'addUser',
  'userByLogin',
  'usersByIds',
  'createRoom',
  'roomById',
  'roomByCode',
  'addMember',
  'removeMember',
  'isMember',
  'members',
  'roomsOf',
  'raiseReceipt',
  'seed',
  'putRefresh',
  'takeRefresh',
] as const satisfies readonly (keyof Directory)[]

/** Operations that write nothing. */
export const readNames: ReadonlySet<OperationName> = new Set<OperationName>([
  'readBefore',
  'readAfter',
  'lastSeqs',
  'facts',
  'ping',
  'userByLogin',
  'usersByIds',
  'roomById',
  'roomByCode',
  'isMember',
  'members',
  'roomsOf',
])

/** One open file with its tables. All calls are synchronous; a busy error means that nothing was done. */
export class Engine {
  readonly operations: Operations
  readonly schemaVersion: number
  readonly #connection: Connection

  constructor(file: string) {
    const connection = new Connection(file)
    this.#connection = connection
    try {
      this.schemaVersion = migrate(connection)
      this.operations = operationsOf(connection)
    } catch (error) {
      connection.close()
      throw error
    }
  }

  close(): void {
    this.#connection.close()
  }
}

function operationsOf(connection: Connection): Operations {
  const messages = new MessageTable(connection)
  const directory = new DirectoryTables(connection)
  const roomList = new RoomList(connection)
  // A cache size in KiB is kept as a negative number, one in pages as a positive one.
  const facts = connection.db.prepare(
    'SELECT sqlite_version() AS version, -cache_size AS cacheKib FROM pragma_cache_size',
  )
  const schema = connection.db.prepare('SELECT count(*) FROM sqlite_schema')
  return {
    appendDrafts: (flat) => messages.appendDrafts(flat),
    appendMessages: (flat, seqs, prevSeqs) => messages.appendMessages(flat, seqs, prevSeqs),
    readBefore: (roomId, beforeSeq, limit) => messages.readBefore(roomId, beforeSeq, limit),
    readAfter: (roomId, afterSeq, limit) => messages.readAfter(roomId, afterSeq, limit),
    lastSeqs: (positions) => messages.lastSeqs(positions),
    logEpoch: (topicId) => logEpoch(connection, topicId),
    facts: () => facts.get() as { version: string; cacheKib: number },
    ping: () => void schema.get(),
    addUser: (user) => directory.addUser(user),
    userByLogin: (login) => directory.userByLogin(login),
    usersByIds: (ids) => directory.usersByIds(ids),
    createRoom: (room, memberIds) => directory.createRoom(room, memberIds),
    roomById: (id) => directory.roomById(id),
    roomByCode: (code) => directory.roomByCode(code),
    addMember: (roomId, userId) => directory.addMember(roomId, userId),
    removeMember: (roomId, userId) => directory.removeMember(roomId, userId),
    isMember: (roomId, userId) => directory.isMember(roomId, userId),
    members: (roomId) => directory.members(roomId),
    roomsOf: (userId, page) => roomList.roomsOf(userId, page),
    raiseReceipt: (roomId, userId, kind, uptoSeq) => directory.raiseReceipt(roomId, userId, kind, uptoSeq),
    seed: (users, rooms) => directory.seed(users, rooms),
    putRefresh: (tokenHash, userId, expiresAtMs) => directory.putRefresh(tokenHash, userId, expiresAtMs),
    takeRefresh: (tokenHash) => directory.takeRefresh(tokenHash),
  }
}

function logEpoch(connection: Connection, topicId: string): number {
  return connection.transaction(() => {
    connection.db
      .prepare('INSERT OR IGNORE INTO log_epoch SELECT ?, coalesce(max(epoch), 0) + 1 FROM log_epoch')
      .run(topicId)
    const row = connection.db.prepare('SELECT epoch FROM log_epoch WHERE topic_id = ?').get(topicId)
    return (row as { epoch: number }).epoch
  })
}
