import { randomBytes } from 'node:crypto'
import type { CacheKind, Edition, FanoutKind, Role } from '../../../system/editions/edition.ts'
import type { EditionName } from '../../../system/editions/index.ts'
import type { Engines } from './engines.ts'
import { logUrlOf, redisUrlOf } from './given.ts'

export interface ReferenceOptions {
  readonly backend: EditionName
  readonly fanout: FanoutKind
  readonly cache: CacheKind
  readonly gateways: number
  readonly port: number
  readonly knobs: Readonly<Record<string, number>>
  /** Names what belongs to this run in engines that others use too. */
  readonly runId: string
}

/** With the log as fan-out each gateway is a process of its own; in memory they can only share one. */
export function launches(edition: Edition, options: ReferenceOptions, engines: Engines, internalToken: string) {
  const tokenSecret = randomBytes(48).toString('hex')
  const env: Record<string, string> = {
    CHAT_STORE_URL: engines.storeUrl,
    CHAT_TOKEN_SECRET: tokenSecret,
    CHAT_INTERNAL_TOKEN: internalToken,
  }
  if (engines.kafka !== null) env.CHAT_LOG_URL = logUrlOf(engines.kafka, engines.namespace)
  if (engines.redis !== null) env.CHAT_REDIS_URL = redisUrlOf(engines.redis, engines.namespace)
  const inOneProcess = edition.fanout === 'memory'
  return edition.processes.flatMap((roles: readonly Role[]) => {
    const isGateway = roles.includes('gateway')
    const copies = isGateway && !inOneProcess ? options.gateways : 1
    return Array.from({ length: copies }, (_, i) => ({
      name: copies > 1 ? `${roles.join('+')}-${i + 1}` : roles.join('+'),
      roles,
      edition: edition.name,
      fanout: edition.fanout,
      cache: edition.cache,
      gateways: isGateway && inOneProcess ? options.gateways : 1,
      port: isGateway && i === 0 ? options.port : 0,
      knobs: { ...options.knobs, sendsPerSecond: 0 },
      env: { ...env, CHAT_INSTANCE_ID: `${roles.join('-')}-${i + 1}` },
      secrets: [tokenSecret, internalToken],
    }))
  })
}
