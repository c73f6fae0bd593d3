/** The exporter of Redis metrics, of Debian sid. `REDIS_ADDR` says which Redis. */
import type { ProvisionContext } from '../provision/context.ts'
import { debianContent } from './base.ts'
import type { DebianPrograms } from './debian.ts'
import type { ImageDefinition, ImageEntry, LocalContent } from './image.ts'

const USER = '59000:59000'
const DEBIAN: DebianPrograms = {
  name: 'redis-exporter',
  suite: 'sid',
  packages: ['prometheus-redis-exporter'],
  programs: ['usr/bin/prometheus-redis-exporter'],
}
const HEALTH = ['wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:9121/health']

export const redisExporter: ImageDefinition = {
  name: 'redis-exporter',
  product: { official: 'redis_exporter 1.80.0', local: 'redis_exporter of Debian sid' },
  official: { reference: 'oliver006/redis_exporter:v1.80.0-alpine' },
  local,
  entrypoint: ['/redis_exporter'],
  command: [],
  environment: {},
  facts: {
    user: USER,
    ports: { metrics: 9121 },
    dataPath: null,
    configPath: null,
    scratch: [],
    health: { official: HEALTH, local: HEALTH },
  },
}

const OTHERS: readonly ImageEntry[] = [
  { kind: 'link', path: 'redis_exporter', target: '/usr/bin/prometheus-redis-exporter' },
]

async function local(context: ProvisionContext): Promise<LocalContent> {
  return debianContent(DEBIAN, USER, 'exporter', OTHERS, context)
}
