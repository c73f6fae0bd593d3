/** Kafka as one KRaft node: broker and controller, settings as the native one has them. */
import { BROKER_MEMORY_FLAGS, brokerSettings } from '../../components/kafka/configuration.ts'
import { healthOf, imageParts, stateful } from '../defaults.ts'
import { agentOf } from '../figures.ts'
import { type ChatStackOptions, imageOf } from '../options.ts'
import type { ServiceSpec } from '../spec.ts'

export const kafkaName = 'kafka'
export const brokerPort = 9092
const controllerPort = 9093
/** Tells clients to come back through the audit's door. */
export const doorListenerPort = 9094

/** Any valid id; the node and its only volume are one cluster. */
const clusterId = 'Y2hhdC1jYXBhY2l0eS0wMQ'

export function kafkaService(options: ChatStackOptions): ServiceSpec {
  const image = imageOf(options, 'kafka')
  const dataPath = image.facts.dataPath!
  const settings: Record<string, string> = {
    ...brokerSettings,
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@localhost:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'BROKER',
    'listener.security.protocol.map': 'BROKER:PLAINTEXT,DOOR:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `BROKER://:${brokerPort},DOOR://:${doorListenerPort},CONTROLLER://:${controllerPort}`,
    'advertised.listeners': `BROKER://${kafkaName}:${brokerPort},DOOR://${options.ports.address}:${options.ports.doorLog}`,
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
      ...agentOf(options, 'kafka', 'KAFKA_OPTS'),
    },
    networks: ['data'],
    volumes: [{ source: 'kafka-data', target: dataPath }],
    healthcheck: healthOf(image),
    stopGraceMs: 30_000,
    replicas: 1,
    limits: { cpus: options.cpus, memoryMiB: 1_024, pids: 512 },
    reservations: { cpus: 0.1, memoryMiB: 512 },
  }
}

/** How Kafka's official image names a setting: `_` for a dot. */
export const variableOf = (setting: string) => `KAFKA_${setting.toUpperCase().replaceAll('.', '_')}`
