import { crc32 } from 'node:zlib'
import { claimShards } from './schema.ts'
import { eachOf, type Session } from './session.ts'

/** A key that one holder has for good. Whoever claims it again as the same holder has it still. */
export interface Claim {
  readonly key: string
  readonly holder: string
}

/** Claims of one round: far below what the engine takes as one batch. */
const claimsARound = 200

/** Unique keys by compare-and-set: the one thing in this store that asks for Paxos. */
export class Claims {
  readonly #session: Session
  readonly #shards: number
  readonly #insert: string
  readonly #select: string
  readonly #delete: string
  readonly #since: string

  constructor(session: Session, table: keyof typeof claimShards) {
    this.#session = session
    this.#shards = claimShards[table]
    this.#insert = `INSERT INTO ${table} (shard, key, holder) VALUES (?, ?, ?) IF NOT EXISTS`
    this.#select = `SELECT key, holder FROM ${table} WHERE shard = ? AND key IN ?`
    this.#delete = `DELETE FROM ${table} WHERE shard = ? AND key = ? IF holder = ?`
    this.#since = `SELECT WRITETIME(holder) AS since_us FROM ${table} WHERE shard = ? AND key = ?`
  }

  /** Claims each key for its holder; of several claims of one key the first counts. Resolves to who holds each key. */
  async take(claims: readonly Claim[]): Promise<Map<string, string>> {
    const holders = new Map<string, string>()
    await eachOf(this.#byShard(claims), async ({ shard, keys }) => {
      for (let open = keys; open.size > 0; ) {
        const params = [...open].map(([key, holder]) => [shard, key, holder])
        if (await this.#session.onePartition(params.map((each) => ({ query: this.#insert, params: each })))) {
          for (const [key, holder] of open) holders.set(key, holder)
          break
        }
        // One that is held stops its whole round: those are looked up, and the others claimed without them.
        const held = await this.#session.serialRows(this.#select, [shard, [...open.keys()]])
        for (const { key, holder } of held) holders.set(key, holder)
        open = new Map([...open].filter(([key]) => !holders.has(key)))
      }
    })
    return holders
  }

  async holder(key: string): Promise<string | undefined> {
    const [row] = await this.#session.rows(this.#select, [this.#shardOf(key), [key]])
    return row?.holder
  }

  /** Gives back what is held by these holders. */
  async release(claims: readonly Claim[]): Promise<void> {
    await eachOf(claims, ({ key, holder }) =>
      this.#session.conditional(this.#delete, [this.#shardOf(key), key, holder]),
    )
  }

  /** How long the key has been held; 0 for one that is free. */
  async ageMs(key: string): Promise<number> {
    const row = await this.#session.first(this.#since, [this.#shardOf(key), key])
    return row ? Date.now() - row.since_us.toNumber() / 1_000 : 0
  }

  #shardOf(key: string): number {
    return crc32(key) % this.#shards
  }

  /** One group a shard, more where it has more than a round takes. */
  #byShard(claims: readonly Claim[]): { shard: number; keys: ReadonlyMap<string, string> }[] {
    const open = new Map<number, Map<string, string>>()
    const groups: { shard: number; keys: Map<string, string> }[] = []
    const seen = new Set<string>()
    for (const { key, holder } of claims) {
      if (seen.has(key)) continue
      seen.add(key)
      const shard = this.#shardOf(key)
      let keys = open.get(shard)
      if (keys === undefined || keys.size === claimsARound) {
        keys = new Map()
        open.set(shard, keys)
        groups.push({ shard, keys })
      }
      keys.set(key, holder)
    }
    return groups
  }
}
