/** Prometheus of Debian sid, with promtool. */
import type { ProvisionContext } from '../provision/context.ts'
import { debianContent } from './base.ts'
import type { DebianPrograms } from './debian.ts'
import type { ImageDefinition, ImageEntry, LocalContent } from './image.ts'

/** Debian sid has 3.5 too. One of 3.9 or newer there would store classic histograms alone: it has a setting for the others. */
export const PROMETHEUS_VERSION = '3.5.0'
const USER = '65534:65534'
const DATA = '/prometheus'
const CONFIG = '/etc/prometheus/prometheus.yml'
const DEBIAN: DebianPrograms = {
  name: 'prometheus',
  suite: 'sid',
  packages: ['prometheus', 'promtool'],
  programs: ['usr/bin/prometheus', 'usr/bin/promtool'],
}
const HEALTH = ['wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:9090/-/ready']

export const prometheus: ImageDefinition = {
  name: 'prometheus',
  product: { official: `Prometheus ${PROMETHEUS_VERSION}`, local: 'Prometheus of Debian sid' },
  official: { reference: `prom/prometheus:v${PROMETHEUS_VERSION}` },
  local,
  entrypoint: ['/bin/prometheus'],
  command: [`--config.file=${CONFIG}`, `--storage.tsdb.path=${DATA}`],
  environment: {},
  facts: {
    user: USER,
    ports: { http: 9090 },
    dataPath: DATA,
    configPath: CONFIG,
    scratch: [],
    health: { official: HEALTH, local: HEALTH },
  },
}

const OTHERS: readonly ImageEntry[] = [
  { kind: 'text', path: CONFIG, text: 'global: { scrape_interval: 5s }\n' },
  { kind: 'folder', path: DATA },
]

async function local(context: ProvisionContext): Promise<LocalContent> {
  return debianContent(DEBIAN, USER, 'nobody', OTHERS, context)
}
