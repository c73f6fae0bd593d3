import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { ChatMessage } from '../protocol/message.ts'
import type { RedisAddress } from '../redis/address.ts'
import { RedisConnection } from '../redis/connection.ts'
import { type RecentCache, recentMessages } from './cache.ts'

/** A room nobody writes to for so long makes room; who reads its history fills it again. */
const keptSeconds = 3_600
/** Beyond this the store would have answered. */
const patienceMs = 250

/** Opens the cache. Rejects with a RedisError when the server cannot be reached. */
export async function openRedisCache(redis: RedisAddress, logger: Logger): Promise<RecentCache> {
  const connection = new RedisConnection(redis, logger)
  await connection.connect()
  return new RedisCache(connection, redis.prefix)
}

/** A sorted set a room, `recent:<roomId>`: scores are seqs, which are exact below 2^53. */
class RedisCache implements RecentCache {
  readonly kind = 'redis'
  readonly #connection: RedisConnection
  readonly #prefix: string

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection
    this.#prefix = prefix
  }

  async put(messages: readonly ChatMessage[]): Promise<void> {
    const { client } = this.#connection
    if (!client.isReady || messages.length === 0) return
    const writes: Promise<unknown>[] = []
    for (const [roomId, group] of Map.groupBy(messages, (message) => message.roomId)) {
      const key = this.#keyOf(roomId)
      const members = group.slice(-recentMessages).map((message) => ({ score: message.seq, value: encode(message) }))
      writes.push(
        client.zAdd(key, members),
        client.zRemRangeByRank(key, 0, -recentMessages - 1),
        client.expire(key, keptSeconds),
      )
    }
    await inTime(Promise.allSettled(writes))
  }

  async newest(roomId: string, limit: number): Promise<readonly ChatMessage[] | undefined> {
    const { client } = this.#connection
    if (!client.isReady) return undefined
    try {
      const asked = client.zRange(this.#keyOf(roomId), 0, Math.min(limit, recentMessages) - 1, { REV: true })
      return (await inTime(asked))?.map(decode)
    } catch {
      return undefined
    }
  }

  reasons(): string[] {
    return this.#connection.reasons()
  }

  async close(): Promise<void> {
    this.#connection.close()
  }

  #keyOf(roomId: string): string {
    return `${this.#prefix}recent:${roomId}`
  }
}

/** Undefined when it takes too long. */
async function inTime<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  const over = new AbortController()
  const late = sleep(patienceMs, undefined, { signal: over.signal }).catch(() => undefined)
  // What comes too late may still fail.
  answer.catch(() => undefined)
  return Promise.race([answer, late]).finally(() => over.abort())
}

/** Always in this order: a message that is put twice is one member of the set. */
const encode = (message: ChatMessage): string => {
  const { id, roomId, senderId, nickname, clientMessageId, type, body, acceptedAtMs, seq, prevSeq } = message
  const { fileId, sentAtMs } = message
  const all = { id, roomId, senderId, nickname, clientMessageId, type, body, acceptedAtMs, seq, prevSeq }
  return JSON.stringify({ ...all, fileId, sentAtMs })
}

const decode = (text: string): ChatMessage => JSON.parse(text) as ChatMessage
