/** Settings and command line of a single Kafka node (KRaft: broker and controller in one process) on loopback. */
import { fileURLToPath } from 'node:url'
import type { MemoryLimit } from '../../component.ts'

export const KAFKA_VERSION = '4.3.1'
const LOG_SETTINGS = fileURLToPath(new URL('./log4j2.yaml', import.meta.url))

export interface NodePorts {
  readonly broker: number
  readonly controller: number
}

/** What a single node is set to wherever it runs: internal topics sized for it, few threads, no topic by accident. */
export const brokerSettings: Readonly<Record<string, string>> = {
  'offsets.topic.num.partitions': '4',
  'offsets.topic.replication.factor': '1',
  'transaction.state.log.num.partitions': '1',
  'transaction.state.log.replication.factor': '1',
  'transaction.state.log.min.isr': '1',
  'share.coordinator.state.topic.num.partitions': '1',
  'share.coordinator.state.topic.replication.factor': '1',
  'share.coordinator.state.topic.min.isr': '1',
  'default.replication.factor': '1',
  'min.insync.replicas': '1',
  'broker.session.timeout.ms': '6000',
  'broker.heartbeat.interval.ms': '1000',
  'auto.create.topics.enable': 'false',
  'group.initial.rebalance.delay.ms': '0',
  'group.consumer.min.heartbeat.interval.ms': '1000',
  'socket.receive.buffer.bytes': '-1',
  'socket.send.buffer.bytes': '-1',
  'num.network.threads': '2',
  'num.io.threads': '4',
  'num.replica.fetchers': '1',
  'background.threads': '2',
  'num.recovery.threads.per.data.dir': '1',
  'log.cleaner.threads': '1',
  'log.cleaner.dedupe.buffer.size': '33554432',
  'log.segment.bytes': '134217728',
  'log.index.size.max.bytes': '2097152',
  'log.retention.hours': '24',
  'log.retention.bytes': '2147483648',
  'controlled.shutdown.enable': 'true',
}

/** `server.properties` of a node on loopback. */
export function serverProperties(ports: NodePorts, logDir: string): string {
  const shared = Object.entries(brokerSettings).map(([name, value]) => `${name}=${value}`)
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${ports.controller}
listeners=BROKER://127.0.0.1:${ports.broker},CONTROLLER://127.0.0.1:${ports.controller}
advertised.listeners=BROKER://127.0.0.1:${ports.broker}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs=${logDir}
${shared.join('\n')}
`
}

/** `meta.properties` of a formatted log folder: which cluster and which folder it is. */
export function metaProperties(clusterId: string, directoryId: string): string {
  return `version=1\ncluster.id=${clusterId}\nnode.id=1\ndirectory.id=${directoryId}\n`
}

const HEAP_MIB = 512
/** The broker's heap and collector: short pauses matter more than throughput here, and the heap is small on purpose. */
export const BROKER_MEMORY_FLAGS = [
  `-Xms${HEAP_MIB}m`,
  `-Xmx${HEAP_MIB}m`,
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-XX:+ExitOnOutOfMemoryError',
]

export const BROKER_FLAGS = [
  ...BROKER_MEMORY_FLAGS,
  '-XX:-UsePerfData',
  '-Djava.awt.headless=true',
  `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
]

export const BROKER_MEMORY: readonly MemoryLimit[] = [{ what: 'heap', bytes: HEAP_MIB * 2 ** 20 }]

export const FORMAT_FLAGS = [
  '-Xmx128m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-XX:-UsePerfData',
  `-Dlog4j2.configurationFile=${LOG_SETTINGS}`,
]

export const isStarted = (line: string): boolean => line.includes('Kafka Server started')

/** The version in a line the broker writes when it starts (`AppInfoParser`). */
export const versionInLog = (line: string): string | null => /Kafka version: (\S+)/.exec(line)?.[1] ?? null
