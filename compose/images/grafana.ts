/** Grafana: official only, for no package registry has its server. */
import type { ImageDefinition } from './image.ts'

const HEALTH = ['wget', '-q', '-O', '/dev/null', 'http://127.0.0.1:3000/api/health']

export const grafana: ImageDefinition = {
  name: 'grafana',
  product: { official: 'Grafana 12.3.1' },
  official: { reference: 'grafana/grafana:12.3.1' },
  local: null,
  entrypoint: [],
  command: [],
  environment: {},
  facts: {
    user: '472:0',
    ports: { http: 3000 },
    dataPath: '/var/lib/grafana',
    configPath: '/etc/grafana/grafana.ini',
    scratch: ['/tmp'],
    health: { official: HEALTH, local: null },
  },
}
