/**
 * Kafka as KRaft nodes, each broker and controller, settings as the native one has them. Of three each is a service, for
 * each has a name that clients are sent to, a volume and a place; every record is on two of them before it is acknowledged.
 */
import { BROKER_MEMORY_FLAGS, brokerSettings } from '../../components/kafka/configuration.ts'
import { healthOf, imageParts, stateful } from '../defaults.ts'
import { agentOf } from '../figures.ts'
import { type BrokerCount, type ChatStackOptions, imageOf } from '../options.ts'
import type { Healthcheck, Place, ServiceSpec } from '../spec.ts'

const brokerPort = 9092
const controllerPort = 9093
/** Tells clients to come back through the audit's door. */
export const doorListenerPort = 9094

/** Any valid id; the nodes and their volumes are one cluster, which nobody else reaches. */
const clusterId = 'Y2hhdC1jYXBhY2l0eS0wMQ'

/** Their services, in the order of their node ids. */
export const brokerNames = (brokers: BrokerCount): string[] =>
  brokers === 1 ? ['kafka'] : Array.from({ length: brokers }, (_, i) => `kafka-${i + 1}`)

/** `host:port` of each, on the data network. */
export const brokerAddresses = (brokers: BrokerCount): string[] =>
  brokerNames(brokers).map((name) => `${name}:${brokerPort}`)

const places: readonly Place[] = ['state', 'state-2', 'state-3']

/** Three copies, two of which must have a record; with one of three away writing goes on. */
const replicated: Readonly<Record<string, string>> = {
  'default.replication.factor': '3',
  'min.insync.replicas': '2',
  'offsets.topic.replication.factor': '3',
  'transaction.state.log.replication.factor': '3',
  'transaction.state.log.min.isr': '2',
  'share.coordinator.state.topic.replication.factor': '3',
  'share.coordinator.state.topic.min.isr': '2',
}

/** A task that is started again has another address, which a JVM would look for after half a minute. */
const freshAddresses = '-Dsun.net.inetaddr.ttl=1 -Dsun.net.inetaddr.negative.ttl=1'

export function kafkaServices(options: ChatStackOptions): Record<string, ServiceSpec> {
  return Object.fromEntries(brokerNames(options.brokers).map((name, index) => [name, broker(name, index, options)]))
}

function broker(name: string, index: number, options: ChatStackOptions): ServiceSpec {
  const image = imageOf(options, 'kafka')
  const dataPath = image.facts.dataPath!
  const { ports } = options
  const isOnly = options.brokers === 1
  const voters = brokerNames(options.brokers).map((each, i) => `${i + 1}@${each}:${controllerPort}`)
  const settings: Record<string, string> = {
    ...brokerSettings,
    ...(!isOnly && replicated),
    'process.roles': 'broker,controller',
    'node.id': `${index + 1}`,
    // DNS names it only when it is healthy.
    'controller.quorum.voters': isOnly ? `1@localhost:${controllerPort}` : voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'BROKER',
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,DOOR:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `BROKER://:${brokerPort},DOOR://:${doorListenerPort},CONTROLLER://:${controllerPort}`,
    'advertised.listeners': `BROKER://${name}:${brokerPort},DOOR://${ports.address}:${ports.doorLogs[index]}`,
    'log.dirs': dataPath,
  }
  return {
    ...stateful,
    ...imageParts(image),
    command: [],
    environment: {
      ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [variableOf(name), value])),
      CLUSTER_ID: clusterId,
      KAFKA_HEAP_OPTS: BROKER_MEMORY_FLAGS.filter((flag) => flag.startsWith('-Xm')).join(' '),
      KAFKA_JVM_PERFORMANCE_OPTS: BROKER_MEMORY_FLAGS.filter((flag) => !flag.startsWith('-Xm')).join(' '),
      ...flags(isOnly, options),
    },
    networks: ['data'],
    volumes: [{ source: `${name}-data`, target: dataPath }],
    healthcheck: isOnly ? healthOf(image) : healthOfController(healthOf(image)),
    stopGraceMs: 30_000,
    replicas: 1,
    limits: { cpus: options.cpus, memoryMiB: 1_024, pids: 512 },
    reservations: { cpus: 0.1, memoryMiB: 512 },
    placement: places[index]!,
  }
}

/** More flags for the JVM, where there are any. */
function flags(isOnly: boolean, options: ChatStackOptions): Record<string, string> {
  const { KAFKA_OPTS: agent } = agentOf(options, 'kafka', 'KAFKA_OPTS')
  const all = [...(isOnly ? [] : [freshAddresses]), ...(agent === undefined ? [] : [agent])]
  return all.length === 0 ? {} : { KAFKA_OPTS: all.join(' ') }
}

/** A broker opens its port when it has heard of a leader, which controllers elect: before that they must find each other. */
const healthOfController = (health: Healthcheck): Healthcheck => ({
  ...health,
  test: health.test.map((word) => (word === `${brokerPort}` ? `${controllerPort}` : word)),
})

/** How Kafka's official image names a setting: `_` for a dot. */
export const variableOf = (setting: string) => `KAFKA_${setting.toUpperCase().replaceAll('.', '_')}`
