/** Redis as Prometheus sees it: an exporter beside it, on the network of the engines. */
import { exporterArguments } from '../../components/exporters.ts'
import { healthOf, imageParts, stateless } from '../defaults.ts'
import { type ChatStackOptions, imageOf, secretFile, secretNames } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'
import { redisName, redisPort } from './redis.ts'

export const redisExporterName = 'redis-exporter'

const address = `redis://${redisName}:${redisPort}`

export function redisExporterService(options: Pick<ChatStackOptions, 'images' | 'cpus'>): ServiceSpec {
  const image = imageOf(options, 'redis-exporter')
  return {
    ...stateless,
    ...imageParts(image),
    command: exporterArguments.redis,
    environment: { REDIS_ADDR: address, REDIS_PASSWORD_FILE: secretFile('redisPasswords'), GOMAXPROCS: '1' },
    secrets: [secretNames.redisPasswords],
    networks: ['data'],
    healthcheck: healthOf(image),
    stopGraceMs: 2_000,
    replicas: 1,
    limits: { cpus: Math.min(options.cpus, 0.5), memoryMiB: 64, pids: 32 },
    reservations: { cpus: 0.01, memoryMiB: 16 },
  }
}

/** The exporter's file of passwords: JSON, by address. */
export const redisPasswords = (password: string): string => JSON.stringify({ [address]: password })
