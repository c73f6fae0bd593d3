/** The exporter of MySQL metrics, of Debian sid. `--config.my-cnf` names the file that says which MySQL. */
import type { ProvisionContext } from '../provision/context.ts'
import { debianContent } from './base.ts'
import type { DebianPrograms } from './debian.ts'
import type { ImageDefinition, ImageEntry, LocalContent } from './image.ts'

const USER = '65534:65534'
const DEBIAN: DebianPrograms = {
  name: 'mysql-exporter',
  suite: 'sid',
  packages: ['prometheus-mysqld-exporter'],
  programs: ['usr/bin/prometheus-mysqld-exporter'],
}
const HEALTH = ['wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:9104/']

export const mysqlExporter: ImageDefinition = {
  name: 'mysql-exporter',
  product: { official: 'mysqld_exporter 0.18.0', local: 'mysqld_exporter of Debian sid' },
  official: { reference: 'prom/mysqld-exporter:v0.18.0' },
  local,
  entrypoint: ['/bin/mysqld_exporter'],
  command: [],
  environment: {},
  facts: {
    user: USER,
    ports: { metrics: 9104 },
    dataPath: null,
    configPath: null,
    scratch: [],
    health: { official: HEALTH, local: HEALTH },
  },
}

const OTHERS: readonly ImageEntry[] = [
  { kind: 'link', path: 'usr/bin/mysqld_exporter', target: 'prometheus-mysqld-exporter' },
]

async function local(context: ProvisionContext): Promise<LocalContent> {
  return debianContent(DEBIAN, USER, 'exporter', OTHERS, context)
}
