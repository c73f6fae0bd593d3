import type { EngineIdentity } from '../../protocol/identity.ts'
import type { ChatMessage } from '../../protocol/message.ts'
import { storeClosed } from '../closed.ts'
import type { Directory } from '../directory.ts'
import { type DraftOutcome, type Store, StoreError, type StoreGuarantees } from '../store.ts'
import { type CassandraAddress, readCassandraUrl } from './address.ts'
import { CassandraDirectory } from './directory.ts'
import { asStoreError } from './errors.ts'
import { durabilityOf, identityOf } from './identity.ts'
import { MessageTable } from './messages.ts'
import { migrate } from './migrations.ts'
import { Session } from './session.ts'

/**
 * Cassandra, or an engine of its protocol. Identities are refused by compare-and-set; the seq of a message is the log's
 * word, so there are no `appendDrafts`: a counter a room would be a Paxos round a message.
 */
export class CassandraStore implements Store {
  readonly guarantees: StoreGuarantees
  readonly schemaVersion: number
  readonly directory: Directory
  readonly #session: Session
  readonly #messages: MessageTable
  #closed = false

  /** Creates the keyspace the URL names when it is not there. Rejects with a `StoreError`. */
  static async open(url: string): Promise<CassandraStore> {
    const address = readCassandraUrl(url)
    const session = new Session(address)
    try {
      await session.client.connect()
      return await CassandraStore.#opened(session, address)
    } catch (error) {
      await session.client.shutdown()
      throw asStoreError(error, 'one')
    }
  }

  static async #opened(session: Session, address: CassandraAddress): Promise<CassandraStore> {
    const schemaVersion = await migrate(session, address)
    return new CassandraStore(session, schemaVersion, await durabilityOf(session))
  }

  private constructor(session: Session, schemaVersion: number, durability: StoreGuarantees['durability']) {
    this.#session = session
    this.schemaVersion = schemaVersion
    this.guarantees = { durability, secondWrite: 'refuses', assignsSeq: false, multiProcess: true }
    this.#messages = new MessageTable(session)
    this.directory = this.#guarded(new CassandraDirectory(session, this.#messages))
  }

  identity(): Promise<EngineIdentity> {
    return this.#run(() => identityOf(this.#session))
  }

  appendDrafts(): Promise<readonly DraftOutcome[]> {
    return Promise.reject(
      new StoreError('STORE-REFUSED', 'This store gives no seq; use a log-first edition with it.', {
        effect: 'definite',
        retryable: false,
      }),
    )
  }

  appendMessages(messages: readonly ChatMessage[]): Promise<{ readonly refused: readonly ChatMessage[] }> {
    return this.#run(() => this.#messages.append(messages))
  }

  readBefore(roomId: string, beforeSeq: number | undefined, limit: number): Promise<ChatMessage[]> {
    return this.#run(() => this.#messages.readBefore(roomId, beforeSeq, limit))
  }

  readAfter(roomId: string, afterSeq: number, limit: number): Promise<ChatMessage[]> {
    return this.#run(() => this.#messages.readAfter(roomId, afterSeq, limit))
  }

  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): Promise<number[]> {
    return this.#run(() => this.#messages.lastSeqs(positions))
  }

  logEpoch(topicId: string): Promise<number> {
    return this.#run(() => this.#epochOf(topicId))
  }

  ping(): Promise<void> {
    return this.#run(async () => void (await this.#session.first('SELECT key FROM system.local')))
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#session.client.shutdown()
  }

  /** The row's key decides between two that ask for one epoch at once; the loser looks again. */
  async #epochOf(topicId: string): Promise<number> {
    for (;;) {
      const known = await this.#session.serialRows("SELECT epoch, topic_id FROM log_epochs WHERE scope = 'log'", [])
      const found = known.find((row) => row.topic_id === topicId)
      if (found) return found.epoch
      const insert = "INSERT INTO log_epochs (scope, epoch, topic_id) VALUES ('log', ?, ?) IF NOT EXISTS"
      await this.#session.conditional(insert, [(known.at(-1)?.epoch ?? 0) + 1, topicId])
    }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw storeClosed()
    try {
      return await work()
    } catch (error) {
      throw this.#closed ? storeClosed() : asStoreError(error, 'several')
    }
  }

  /** The same directory, whose every method rejects with errors of the contract. */
  #guarded(directory: Directory): Directory {
    return new Proxy(directory, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as (...args: unknown[]) => Promise<unknown>
        return (...args: unknown[]) => this.#run(() => method.apply(target, args))
      },
    })
  }
}
