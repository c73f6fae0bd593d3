import type { ImageName } from '../../compose/images/image.ts'
import { FIGURES_PORT } from '../../compose/images/java.ts'
import { PROMETHEUS_VERSION } from '../../compose/images/prometheus.ts'
import { hasAgent } from '../../compose/stack/figures.ts'
import { type GrafanaFile, type ObserverOptions, type ObserverPorts, observers } from '../../compose/stack/observers.ts'
import { type BrokerCount, imageOf, type Observers, type RoleService } from '../../compose/stack/options.ts'
import { edgeMetricsPort } from '../../compose/stack/services/edge.ts'
import { brokerNames } from '../../compose/stack/services/kafka.ts'
import { mysqlExporterName } from '../../compose/stack/services/mysql-exporter.ts'
import { rulesPath } from '../../compose/stack/services/prometheus.ts'
import { redisExporterName } from '../../compose/stack/services/redis-exporter.ts'
import { grafanaFiles } from '../../dashboards/build.ts'
import { stackProvisioning } from '../../dashboards/grafana/provisioning.ts'
import { renderPrometheusConfig, type ScrapeJob } from '../../dashboards/prometheus/config.ts'
import { engineJob } from '../../dashboards/prometheus/engines.ts'
import { nativeHistograms } from '../../dashboards/prometheus/native.ts'
import { renderRules } from '../../dashboards/prometheus/rules.ts'

/** Where they are when nothing else is asked for. */
export const usualPorts = { prometheus: 9090, grafana: 3000 } as const

export interface Observed extends Pick<ObserverOptions, 'images' | 'cpus' | 'store' | 'redis' | 'secrets' | 'ports'> {
  readonly brokers: BrokerCount
  readonly name: string
  readonly backend: string
  readonly roles: readonly RoleService[]
  /** Whose lab takes the series on, and evaluates the rules; absent: the stack stands for itself. */
  readonly run?: string
}

/** What watches the stack of those roles. Where it is of no run, its name is the `run` of every sample. */
export function observersOf({ name, backend, roles, run, ...rest }: Observed): Observers {
  const config = renderPrometheusConfig({
    version: PROMETHEUS_VERSION,
    observed: { run: run ?? name, backend, runtime: 'swarm' },
    jobs: jobsOf(roles, rest),
    ...(run === undefined && { rulesFile: rulesPath }),
  })
  return observers({
    ...rest,
    config,
    prometheusFlags: nativeHistograms(PROMETHEUS_VERSION).flags,
    rules: run === undefined ? renderRules() : null,
    grafanaFiles: filesOfGrafana(),
  })
}

/** Every task of a service is a target: Docker's DNS lists those that are healthy. */
function jobsOf(
  roles: readonly RoleService[],
  { images, store, redis, brokers }: Pick<Observed, 'images' | 'store' | 'redis' | 'brokers'>,
): ScrapeJob[] {
  const tasksOf = (services: readonly string[], port: number) => ({
    kind: 'dns' as const,
    names: services.map((service) => `tasks.${service}`),
    port,
  })
  const tasks = (service: string, port: number) => tasksOf([service], port)
  const { internal } = imageOf({ images }, 'chat').facts.ports
  const metricsPort = (image: ImageName) => imageOf({ images }, image).facts.ports.metrics!
  const jvms = (['kafka', 'cassandra'] as const).filter(
    (engine) => (engine === 'kafka' || engine === store) && hasAgent({ images }, engine),
  )
  return [
    ...roles.map((service) => ({
      name: 'chat',
      role: service.roles.join('+'),
      discovery: tasks(service.name, internal!),
      native: true,
    })),
    {
      name: 'haproxy',
      role: 'edge',
      discovery: tasks('edge', edgeMetricsPort),
      // Or it tells of every place for a task, the empty ones too.
      parameters: { 'no-maint': '' },
    },
    ...jvms.map((engine) =>
      engineJob(engine, tasksOf(engine === 'kafka' ? brokerNames(brokers) : [engine], FIGURES_PORT)),
    ),
    ...(store === 'mysql' ? [engineJob('mysql', tasks(mysqlExporterName, metricsPort('mysql-exporter')))] : []),
    ...(redis ? [engineJob('redis', tasks(redisExporterName, metricsPort('redis-exporter')))] : []),
  ]
}

/** Boards as built, and what provisions them: `provisioning/<kind>/chat-lab.yaml` is named by its kind. */
function filesOfGrafana(): GrafanaFile[] {
  return [...grafanaFiles()].map(([path, text]) => {
    const [file = '', kind] = path.split('/').reverse()
    return kind === undefined
      ? { name: file.replace('.json', ''), path: `${stackProvisioning.dashboardsFolder}/${file}`, text }
      : { name: kind, path: `/etc/grafana/${path}`, text }
  })
}

export const prometheusUrl = (address: string, { prometheus }: ObserverPorts): string =>
  `http://${address}:${prometheus}`

/** Where it can be looked at, a line each. */
export function describeObservers(address: string, ports: ObserverPorts): string[] {
  const url = prometheusUrl(address, ports)
  return [
    `Prometheus    ${url}`,
    ports.grafana === null
      ? `boards        npm run dashboards -- open --url=${url}`
      : `Grafana       http://${address}:${ports.grafana}`,
  ]
}
