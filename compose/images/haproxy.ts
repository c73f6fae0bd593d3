/** The edge: HAProxy of Debian stable. Its configuration is the stack's; without one it does not start. */
import type { ProvisionContext } from '../provision/context.ts'
import { debianContent } from './base.ts'
import type { DebianPrograms } from './debian.ts'
import type { ImageDefinition, LocalContent } from './image.ts'

const USER = '99:99'
const CONFIG = '/usr/local/etc/haproxy/haproxy.cfg'
const DEBIAN: DebianPrograms = {
  name: 'haproxy',
  suite: 'trixie',
  packages: ['haproxy'],
  programs: ['usr/sbin/haproxy'],
}
/** The stack's configuration answers /healthz there, on loopback. */
const HEALTH = ['wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:8404/healthz']

export const haproxy: ImageDefinition = {
  name: 'haproxy',
  product: { official: 'HAProxy 3.2.24', local: 'HAProxy of Debian trixie' },
  official: { reference: 'haproxy:3.2.24-alpine' },
  local,
  entrypoint: ['haproxy'],
  command: ['-W', '-db', '-f', CONFIG],
  environment: {},
  facts: {
    user: USER,
    ports: { http: 8080, health: 8404 },
    dataPath: null,
    configPath: CONFIG,
    scratch: ['/tmp'],
    health: { official: HEALTH, local: HEALTH },
  },
}

async function local(context: ProvisionContext): Promise<LocalContent> {
  return debianContent(DEBIAN, USER, 'haproxy', [], context)
}
