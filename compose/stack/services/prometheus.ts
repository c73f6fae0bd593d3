/** Prometheus beside the chat: it sees the tasks of roles and engines on their networks, and keeps that in a volume. */
import { healthOf, imageParts, stateful } from '../defaults.ts'
import { type ChatStackOptions, imageOf } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'

export const prometheusName = 'prometheus'
/** Beside `prometheus.yml` in the container. */
export const rulesPath = '/etc/prometheus/rules.yml'
/** Whichever is reached first ends the oldest data: a stack may be up for weeks, and is scraped every second. */
const retention = { time: '15d', size: '2GB' } as const

export interface PrometheusOptions {
  /** Port of the node. */
  readonly published: number
  readonly hasRules: boolean
  readonly flags: readonly string[]
}

export function prometheusService(
  options: Pick<ChatStackOptions, 'images' | 'cpus'>,
  { published, hasRules, flags }: PrometheusOptions,
): ServiceSpec {
  const image = imageOf(options, 'prometheus')
  const { ports, dataPath, configPath } = image.facts
  return {
    ...stateful,
    ...imageParts(image),
    command: [
      `--config.file=${configPath}`,
      `--storage.tsdb.path=${dataPath}`,
      `--storage.tsdb.retention.time=${retention.time}`,
      `--storage.tsdb.retention.size=${retention.size}`,
      '--log.level=warn',
      ...flags,
    ],
    // One thread is plenty for some thousand series, and the chat keeps the other cores.
    environment: { GOMAXPROCS: '1' },
    networks: ['app', 'data'],
    ports: [{ target: ports.http!, published, mesh: false }],
    configs: [
      { source: prometheusName, target: configPath! },
      ...(hasRules ? [{ source: 'rules', target: rulesPath }] : []),
    ],
    volumes: [{ source: 'prometheus-data', target: dataPath! }],
    healthcheck: healthOf(image),
    stopGraceMs: 10_000,
    replicas: 1,
    limits: { cpus: Math.min(options.cpus, 1), memoryMiB: 512, pids: 64 },
    reservations: { cpus: 0.02, memoryMiB: 64 },
    // Whoever knows where clients are met knows where it is; its volume is there too.
    placement: 'edge',
  }
}
