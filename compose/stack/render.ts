/** A stack as the files of `docker stack deploy`. */
import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import {
  type ClusterKind,
  type NetworkName,
  networkNames,
  type Place,
  type PublishedPort,
  type ServiceSpec,
  type StackSpec,
} from './spec.ts'

export interface Cluster {
  readonly kind: ClusterKind
  readonly nodes: number
  /** Docker program and daemon know an interval of health checks for the start alone (25 on). */
  readonly knowsStartInterval: boolean
  /** Constraints that keep a service on one node. */
  readonly pins: Readonly<Record<Place, string>>
}

/**
 * How many tasks of a service a node may have: the others must have room for those of a lost node, and for the one that
 * an update starts first.
 */
export const roomPerNode = (replicas: number, nodes: number): number => Math.ceil((replicas + 1) / (nodes - 1))

export interface StackFiles {
  readonly compose: string
  /** By path relative to the compose file. */
  readonly configs: Readonly<Record<string, string>>
  /** As `configs`; to be written for nobody else to read, and removed after the deployment. */
  readonly secrets: Readonly<Record<string, string>>
}

/** Formats of compose files: with a limit of processes, and with `start_interval` as well. */
const versions = { old: '3.9', startInterval: '3.12' } as const

export function renderStack(stack: StackSpec, cluster: Cluster): StackFiles {
  const services = Object.values(stack.services)
  const used = networkNames.filter((name) => services.some(({ networks }) => networks.includes(name)))
  const volumes = [...new Set(services.flatMap((service) => service.volumes.map(({ source }) => source)))]
  const document = {
    version: cluster.knowsStartInterval ? versions.startInterval : versions.old,
    services: mapValues(stack.services, (service) => renderService(service, cluster)),
    networks: Object.fromEntries(used.map((name) => [name, renderNetwork(name, stack.name)])),
    volumes: Object.fromEntries(volumes.map((name) => [name, {}])),
    configs: Object.fromEntries(
      Object.entries(stack.configs).map(([name, text]) => [
        name,
        // Swarm never changes a config: another text needs another name, or an update would be refused.
        { name: `${stack.name}_${name}-${shortHash(text)}`, file: configPath(name) },
      ]),
    ),
    secrets: mapValues(stack.secrets, (_text, name) => ({ file: secretPath(name) })),
  }
  return {
    compose: stringify(withoutEmpty(document), { lineWidth: 0, aliasDuplicateObjects: false }),
    configs: byPath(stack.configs, configPath),
    secrets: byPath(stack.secrets, secretPath),
  }
}

const configPath = (name: string) => `./configs/${name}`
const secretPath = (name: string) => `./secrets/${name}`
const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 10)
const seconds = (ms: number) => `${ms / 1000}s`

function renderService(service: ServiceSpec, cluster: Cluster): Record<string, unknown> {
  const { healthcheck } = service
  return withoutEmpty({
    image: service.image,
    user: service.user,
    entrypoint: service.entrypoint?.map(escapeDollar),
    command: service.command.map(escapeDollar),
    environment: mapValues(service.environment, escapeDollar),
    networks: [...service.networks],
    ports: service.ports.map((port) => renderPort(port, cluster)),
    configs: service.configs.map(({ source, target }) => ({ source, target })),
    secrets: [...service.secrets],
    volumes: [
      ...service.volumes.map(({ source, target }) => ({ type: 'volume', source, target })),
      ...service.scratch.map(({ target, sizeMiB }) => ({
        type: 'tmpfs',
        target,
        tmpfs: { size: sizeMiB * 1024 * 1024 },
      })),
    ],
    read_only: service.writableRoot !== true,
    cap_drop: ['ALL'],
    cap_add: [...(service.capabilities ?? [])],
    healthcheck: {
      test: ['CMD', ...healthcheck.test.map(escapeDollar)],
      ...(cluster.knowsStartInterval
        ? { interval: seconds(healthcheck.intervalMs), start_interval: seconds(healthcheck.startIntervalMs) }
        : { interval: seconds(healthcheck.startIntervalMs) }),
      timeout: seconds(healthcheck.timeoutMs),
      retries: healthcheck.retries,
      start_period: seconds(healthcheck.startPeriodMs),
    },
    stop_grace_period: seconds(service.stopGraceMs),
    deploy: renderDeploy(service, cluster),
  })
}

function renderDeploy(service: ServiceSpec, cluster: Cluster): Record<string, unknown> {
  const { limits, reservations, restart, update } = service
  return {
    mode: 'replicated',
    replicas: service.replicas,
    endpoint_mode: cluster.kind === 'virtual-ip' ? 'vip' : 'dnsrr',
    resources: {
      limits: { cpus: `${limits.cpus}`, memory: `${limits.memoryMiB}M`, pids: limits.pids },
      reservations: { cpus: `${reservations.cpus}`, memory: `${reservations.memoryMiB}M` },
    },
    restart_policy: { condition: restart.condition, delay: seconds(restart.delayMs) },
    update_config: {
      order: update.order,
      parallelism: update.parallelism,
      delay: seconds(update.delayMs),
      monitor: seconds(update.monitorMs),
      failure_action: update.onFailure,
    },
    placement: renderPlacement(service, cluster),
  }
}

function renderPlacement({ placement, replicas }: ServiceSpec, { nodes, pins }: Cluster): Record<string, unknown> {
  if (placement !== 'spread') return { constraints: [pins[placement]] }
  const preferences = [{ spread: 'node.id' }]
  return nodes === 1 ? { preferences } : { preferences, max_replicas_per_node: roomPerNode(replicas, nodes) }
}

function renderPort({ target, published, mesh }: PublishedPort, { kind, nodes }: Cluster): Record<string, unknown> {
  const mode = mesh && kind === 'virtual-ip' && nodes > 1 ? 'ingress' : 'host'
  return { target, published, protocol: 'tcp', mode }
}

/** As Docker knows it: whoever deploys the stack makes it before. */
export const frontName = (stack: string): string => `${stack}_front`

/** `data` has no gateway to anywhere: neither the host nor another network gets in, and nothing gets out. */
function renderNetwork(name: NetworkName, stack: string): Record<string, unknown> {
  if (name === 'front') return { external: true, name: frontName(stack) }
  return { driver: 'overlay', ...(name === 'data' && { internal: true }) }
}

/** The compose file takes `$` for the begin of a variable. */
const escapeDollar = (text: string) => text.replaceAll('$', '$$$$')

const byPath = (texts: Readonly<Record<string, string>>, path: (name: string) => string) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [path(name), text]))

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T, name: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value, name)]))
}

function withoutEmpty(record: Record<string, unknown>): Record<string, unknown> {
  const isEmpty = (value: unknown) =>
    value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  // An empty volume or network still has to be named.
  return Object.fromEntries(Object.entries(record).filter(([, value]) => !isEmpty(value)))
}
