/** What watches a chat: Prometheus, the exporters of what has no metrics of its own, and Grafana where it is to be had. */
import { type ChatStackOptions, type Observers, secretNames } from './options.ts'
import { grafanaName, grafanaService } from './services/grafana.ts'
import { mysqlClient, mysqlExporterName, mysqlExporterService } from './services/mysql-exporter.ts'
import { prometheusName, prometheusService } from './services/prometheus.ts'
import { redisExporterName, redisExporterService, redisPasswords } from './services/redis-exporter.ts'
import { stores } from './services/stores.ts'

/** Of the node that clients were told. */
export interface ObserverPorts {
  readonly prometheus: number
  /** Null: there is none. */
  readonly grafana: number | null
}

export interface ObserverOptions extends Pick<ChatStackOptions, 'images' | 'cpus' | 'store' | 'redis' | 'secrets'> {
  readonly ports: ObserverPorts
  /** Text of `prometheus.yml`, and what the program is told beside it. */
  readonly config: string
  readonly prometheusFlags: readonly string[]
  /** Null: whoever takes its series on evaluates them. */
  readonly rules: string | null
  readonly grafanaFiles: readonly GrafanaFile[]
}

/** A config's name, where the container has it, and its text. */
export interface GrafanaFile {
  readonly name: string
  readonly path: string
  readonly text: string
}

export function observers({
  ports,
  config,
  prometheusFlags: flags,
  rules,
  grafanaFiles,
  store,
  redis,
  secrets,
  ...rest
}: ObserverOptions): Observers {
  const boards = ports.grafana === null ? [] : grafanaFiles
  return {
    services: {
      [prometheusName]: prometheusService(rest, { published: ports.prometheus, hasRules: rules !== null, flags }),
      ...(redis && { [redisExporterName]: redisExporterService(rest) }),
      ...(store === 'mysql' && { [mysqlExporterName]: mysqlExporterService(rest) }),
      ...(ports.grafana !== null && {
        [grafanaName]: grafanaService(rest, {
          published: ports.grafana,
          files: Object.fromEntries(boards.map(({ name, path }) => [name, path])),
        }),
      }),
    },
    configs: {
      [prometheusName]: config,
      ...(rules !== null && { rules }),
      ...Object.fromEntries(boards.map(({ name, text }) => [name, text])),
    },
    secrets: {
      ...(redis && { [secretNames.redisPasswords]: redisPasswords(secrets.redisPassword) }),
      ...(store === 'mysql' && {
        [secretNames.mysqlClient]: mysqlClient(store, stores.mysql.port, secrets.storePassword),
      }),
    },
  }
}
