import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Db } from 'mongodb'
import { StoreError } from '../store.ts'
import { type Collections, collectionsOf, identityDocument } from './documents.ts'
import { isDuplicateKey } from './errors.ts'
import { insertNew } from './insert.ts'

interface Migration {
  readonly version: number
  /** Must be repeatable: without transactions a step that died half-way is run again. */
  readonly apply: (collections: Collections) => Promise<void>
}

/** Steps are never edited once released: a new version is a new step. The layout is told in docs/storage-layout.md. */
export const migrations: readonly Migration[] = [
  { version: 1, apply: firstSchema },
  { version: 2, apply: directPairs },
  { version: 3, apply: ownIdentities },
]

async function firstSchema(collections: Collections): Promise<void> {
  const { messages, users, rooms, memberships, refreshTokens, logEpochs } = collections
  await messages.createIndex({ senderId: 1, clientMessageId: 1 }, { name: 'identity', unique: true })
  await users.createIndex({ login: 1 }, { name: 'login', unique: true })
  await users.createIndex({ email: 1 }, { name: 'email', unique: true })
  await users.createIndex({ nickname: 1 }, { name: 'nickname', unique: true })
  await rooms.createIndex({ code: 1 }, { name: 'code', unique: true })
  await memberships.createIndex({ roomId: 1 }, { name: 'room' })
  await memberships.createIndex({ userId: 1 }, { name: 'user' })
  await refreshTokens.createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 })
  await logEpochs.createIndex({ epoch: 1 }, { name: 'epoch', unique: true })
}

/** Version 1 let two direct rooms of one pair exist; of such rooms the oldest keeps the pair. */
async function directPairs({ rooms, memberships }: Collections): Promise<void> {
  const taken = new Set<string>()
  for await (const room of rooms.find({ kind: 'direct' }).sort({ _id: 1 })) {
    const members = await memberships.find({ roomId: room._id }).toArray()
    if (members.length !== 2) continue
    const directPair = members
      .map(({ userId }) => userId)
      .sort()
      .join('+')
    if (!taken.has(directPair)) await rooms.updateOne({ _id: room._id }, { $set: { directPair } })
    taken.add(directPair)
  }
  const onlyWithPair = { partialFilterExpression: { directPair: { $exists: true } } }
  await rooms.createIndex({ directPair: 1 }, { name: 'direct_pair', unique: true, ...onlyWithPair })
}

/** Before version 3 a unique index of `messages` kept identities apart; it goes once they are in their collection. */
async function ownIdentities({ messages, identities }: Collections): Promise<void> {
  const projection = { roomId: 1, seq: 1, senderId: 1, clientMessageId: 1 }
  const stored = messages.find({}, { projection, batchSize: batchRows })
  while (await stored.hasNext()) await insertNew(identities, stored.readBufferedDocuments().map(identityDocument))
  const indexes = await messages.indexes()
  if (indexes.some(({ name }) => name === 'identity')) await messages.dropIndex('identity')
}

const batchRows = 1_000

/** A holder that died is replaced after this long; one that lives renews it. */
const leaseMs = 60_000
const renewMs = 10_000
const pollMs = 50

/**
 * Brings the database to the newest known version and returns it. Of several processes that open at once one
 * migrates and the others wait. A version newer than the newest known is refused and left untouched.
 */
export async function migrate(db: Db, steps: readonly Migration[] = migrations): Promise<number> {
  const newest = steps.at(-1)!.version
  if ((await versionOf(db)) === newest) return newest
  const release = await takeLease(db)
  try {
    const current = await versionOf(db)
    if (current > newest) throw tooNew(current, newest)
    const collections = collectionsOf(db)
    for (const step of steps.filter((candidate) => candidate.version > current)) {
      await step.apply(collections)
      await applied(db).updateOne({ _id: step.version }, { $set: { appliedAt: new Date() } }, { upsert: true })
    }
    return newest
  } finally {
    await release()
  }
}

function applied(db: Db) {
  return db.collection<{ _id: number; appliedAt: Date }>('schema_migrations')
}

async function versionOf(db: Db): Promise<number> {
  const [last] = await applied(db).find().sort({ _id: -1 }).limit(1).toArray()
  return last?._id ?? 0
}

/** The lock is one document: inserting it takes it, a stale one may be replaced, deleting one's own gives it back. */
async function takeLease(db: Db): Promise<() => Promise<void>> {
  const leases = db.collection<{ _id: string; holder: string; untilMs: number }>('schema_lock')
  const holder = randomUUID()
  for (;;) {
    const untilMs = Date.now() + leaseMs
    const stale = { _id: 'migration', untilMs: { $lt: Date.now() } }
    try {
      await leases.updateOne(stale, { $set: { holder, untilMs } }, { upsert: true })
      const renewal = setInterval(() => {
        const renewed = { $set: { untilMs: Date.now() + leaseMs } }
        leases.updateOne({ _id: 'migration', holder }, renewed).catch(() => {})
      }, renewMs)
      return async () => {
        clearInterval(renewal)
        await leases.deleteOne({ _id: 'migration', holder })
      }
    } catch (error) {
      if (!isDuplicateKey(error)) throw error
      await sleep(pollMs)
    }
  }
}

function tooNew(found: number, newest: number): StoreError {
  return new StoreError(
    'STORE-SCHEMA',
    `The store has schema version ${found}, this program knows up to ${newest}; use a newer program or another store.`,
    { effect: 'definite', retryable: false },
  )
}
