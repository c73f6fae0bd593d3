import { MongoClient, type MongoClientOptions } from 'mongodb'
import type { EngineIdentity } from '../../protocol/identity.ts'
import type { ChatMessage } from '../../protocol/message.ts'
import { storeClosed } from '../closed.ts'
import type { Directory } from '../directory.ts'
import { type DraftOutcome, type Store, StoreError, type StoreGuarantees } from '../store.ts'
import { MongoDirectory } from './directory.ts'
import { type Collections, collectionsOf } from './documents.ts'
import { asStoreError, isDuplicateKey } from './errors.ts'
import { identityOf } from './identity.ts'
import { MessageCollection } from './messages.ts'
import { migrate } from './migrations.ts'
import { poolSize } from './pool.ts'

/** Write concern 0 is out of the question: FerretDB answers it, and the answer is taken for the next command's. */
const options: MongoClientOptions = {
  writeConcern: { w: 'majority', journal: true },
  maxPoolSize: poolSize,
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 30_000,
  waitQueueTimeoutMS: 10_000,
}

/**
 * MongoDB, or a server of its protocol. Uses no transactions, so it offers no `appendDrafts`: every write here is
 * one document or is repeatable document by document.
 */
export class MongoStore implements Store {
  readonly guarantees: StoreGuarantees = {
    durability: 'fsync',
    secondWrite: 'refuses',
    assignsSeq: false,
    multiProcess: true,
  }
  readonly schemaVersion: number
  readonly directory: Directory
  readonly #client: MongoClient
  readonly #collections: Collections
  readonly #messages: MessageCollection
  #closed = false

  /** The database is the URL's path; without one the driver takes `test`. Rejects with a `StoreError`. */
  static async open(url: string): Promise<MongoStore> {
    const client = clientFor(url)
    try {
      await client.connect()
      return new MongoStore(client, await migrate(databaseOf(client)))
    } catch (error) {
      await client.close()
      throw asStoreError(error)
    }
  }

  private constructor(client: MongoClient, schemaVersion: number) {
    this.#client = client
    this.schemaVersion = schemaVersion
    this.#collections = collectionsOf(databaseOf(client))
    this.#messages = new MessageCollection(this.#collections)
    this.directory = this.#guarded(new MongoDirectory(this.#collections))
  }

  identity(): Promise<EngineIdentity> {
    return this.#run(() => identityOf(databaseOf(this.#client)))
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
    return this.#run(async () => void (await databaseOf(this.#client).command({ ping: 1 })))
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#client.close()
  }

  /** The unique index on `epoch` decides between two that ask at once; the loser looks again. */
  async #epochOf(topicId: string): Promise<number> {
    const { logEpochs } = this.#collections
    for (;;) {
      const known = await logEpochs.findOne({ _id: topicId })
      if (known) return known.epoch
      const [last] = await logEpochs.find().sort({ epoch: -1 }).limit(1).toArray()
      try {
        await logEpochs.insertOne({ _id: topicId, epoch: (last?.epoch ?? 0) + 1 })
      } catch (error) {
        if (!isDuplicateKey(error)) throw error
      }
    }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) throw storeClosed()
    try {
      return await work()
    } catch (error) {
      throw this.#closed ? storeClosed() : asStoreError(error)
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

function clientFor(url: string): MongoClient {
  try {
    return new MongoClient(url, options)
  } catch (error) {
    throw new StoreError('STORE-UNREACHABLE', `The MongoDB address cannot be read: ${String(error)}`, {
      cause: error,
      effect: 'definite',
      retryable: false,
    })
  }
}

function databaseOf(client: MongoClient) {
  return client.db()
}
