import type { Logger } from 'pino'
import type { RedisAddress } from '../redis/address.ts'
import type { RecentCache } from './cache.ts'
import { noCache } from './none.ts'

/** Opens the cache an edition names. Rejects with a RedisError when its server cannot be reached. */
export async function openCache(
  kind: RecentCache['kind'],
  redis: RedisAddress | undefined,
  logger: Logger,
): Promise<RecentCache> {
  if (kind === 'none') return noCache
  if (redis === undefined) throw new TypeError('cache redis needs the address of a Redis')
  return (await import('./redis.ts')).openRedisCache(redis, logger)
}
