/** Redis of Debian sid: fan-out and cache; it keeps nothing that cannot be read from the store again. */
import type { ProvisionContext } from '../provision/context.ts'
import { debianContent } from './base.ts'
import type { DebianPrograms } from './debian.ts'
import type { ImageDefinition, ImageEntry, LocalContent } from './image.ts'

const USER = '999:1000'
const DATA = '/data'
const DEBIAN: DebianPrograms = {
  name: 'redis',
  suite: 'sid',
  packages: ['redis-server', 'redis-tools'],
  programs: ['usr/bin/redis-check-rdb', 'usr/bin/redis-cli'],
}
const HEALTH = ['redis-cli', '-h', '127.0.0.1', 'ping']

export const redis: ImageDefinition = {
  name: 'redis',
  product: { official: 'Redis 8.0.6', local: 'Redis of Debian sid' },
  official: { reference: 'redis:8.0.6-alpine' },
  local,
  entrypoint: [],
  command: ['redis-server', '--protected-mode', 'no'],
  environment: {},
  facts: {
    user: USER,
    ports: { redis: 6379 },
    dataPath: DATA,
    configPath: null,
    scratch: [],
    health: { official: HEALTH, local: HEALTH },
  },
}

const OTHERS: readonly ImageEntry[] = [
  // One program under several names; Debian's link for the server lies in a package of scripts.
  { kind: 'link', path: 'usr/local/bin/redis-server', target: '/usr/bin/redis-check-rdb' },
  { kind: 'folder', path: DATA },
]

async function local(context: ProvisionContext): Promise<LocalContent> {
  return debianContent(DEBIAN, USER, 'redis', OTHERS, context)
}
