/** Redis, for fan-out and cache: it keeps nothing, so it may start anywhere. */
import { engineSettings } from '../../components/redis/server.ts'
import { healthOf, imageParts, stateless } from '../defaults.ts'
import { type ChatStackOptions, imageOf, secretFile, secretNames } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'

export const redisName = 'redis'
export const redisPort = 6379

export function redisService(options: ChatStackOptions): ServiceSpec {
  const image = imageOf(options, 'redis')
  return {
    ...stateless,
    ...imageParts(image),
    command: ['redis-server', secretFile('redisSettings')],
    secrets: [secretNames.redisSettings],
    networks: ['data'],
    healthcheck: healthOf(image),
    stopGraceMs: 10_000,
    replicas: 1,
    limits: { cpus: options.cpus, memoryMiB: 512, pids: 64 },
    reservations: { cpus: 0.05, memoryMiB: 64 },
    // Subscribers of two would hear half of what is published each.
    update: { ...stateless.update, order: 'stop-first' },
  }
}

/** The whole file is a secret: the password stands in it, and arguments of a process are public. */
export const redisSettings = (password: string): string =>
  [...engineSettings, `port ${redisPort}`, `requirepass ${password}`, ''].join('\n')
