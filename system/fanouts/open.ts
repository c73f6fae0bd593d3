import type { RedisAddress } from '../redis/address.ts'
import type { Fanout } from './fanout.ts'
import { openLogFanout } from './log.ts'
import { openMemoryFanout } from './memory.ts'
import type { RedisFanoutParts } from './redis/fanout.ts'

export interface FanoutParts {
  /** Where the edition has a log. */
  readonly log?: Omit<RedisFanoutParts, 'redis'> | undefined
  readonly redis?: RedisAddress | undefined
}

/** Opens the fan-out an edition names. A process that needs no Redis does not load its client: 0.1 s of CPU. */
export async function openFanout(
  kind: 'memory' | 'kafka' | 'redis' | 'redis-single',
  { log, redis }: FanoutParts,
): Promise<Fanout> {
  if (kind === 'memory') return openMemoryFanout()
  if (log === undefined) throw new TypeError(`fan-out ${kind} needs an edition with a log`)
  if (kind === 'kafka') return openLogFanout(log)
  if (redis === undefined) throw new TypeError(`fan-out ${kind} needs the address of a Redis`)
  return (await import('./redis/fanout.ts')).openRedisFanout(kind, { ...log, redis })
}
