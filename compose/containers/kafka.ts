/** Kafka in a container: one KRaft node with the settings of the native one. */
import {
  BROKER_MEMORY,
  BROKER_MEMORY_FLAGS,
  brokerSettings,
  isStarted,
  versionInLog,
} from '../components/kafka/configuration.ts'
import { firstAnswer } from '../components/kafka/probe.ts'
import { waitForLine } from '../native/logs.ts'
import { variableOf } from '../stack/services/kafka.ts'
import type { ContainerRecipe } from './recipe.ts'

/** Any valid id: a container is a cluster of its own. */
const CLUSTER_ID = 'Y2hhdC1jYXBhY2l0eS0wMg'

export const kafka: ContainerRecipe = {
  image: 'kafka',
  port: 'broker',
  memoryMiB: 2_048,
  readyTimeoutMs: 120_000,
  setUp: ({ image: { facts }, port }) => {
    const address = `127.0.0.1:${port}`
    const settings: Record<string, string> = {
      ...brokerSettings,
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@127.0.0.1:${facts.ports.controller}`,
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'BROKER',
      'listener.security.protocol.map': 'BROKER:PLAINTEXT,LAB:PLAINTEXT,CONTROLLER:PLAINTEXT',
      // Clients come through the published port and are told to come back there; the node itself cannot.
      listeners: `LAB://:${facts.ports.broker},BROKER://127.0.0.1:19092,CONTROLLER://127.0.0.1:${facts.ports.controller}`,
      'advertised.listeners': `LAB://${address},BROKER://127.0.0.1:19092`,
      'log.dirs': facts.dataPath!,
    }
    return {
      url: address,
      publicUrl: address,
      environment: {
        ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [variableOf(name), value])),
        CLUSTER_ID,
        KAFKA_HEAP_OPTS: BROKER_MEMORY_FLAGS.filter((flag) => flag.startsWith('-Xm')).join(' '),
        KAFKA_JVM_PERFORMANCE_OPTS: BROKER_MEMORY_FLAGS.filter((flag) => !flag.startsWith('-Xm')).join(' '),
      },
      memory: BROKER_MEMORY,
      ready: async (process, signal) => {
        const version = versionInLog(await waitForLine(process, (line) => versionInLog(line) !== null, signal))
        await waitForLine(process, isStarted, signal)
        await firstAnswer(address, signal)
        const details = 'KRaft, one node; version as the broker logs it'
        return { product: 'Apache Kafka', version: version ?? 'unknown', details }
      },
    }
  },
}
