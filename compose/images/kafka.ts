/** Kafka (KRaft) on the libraries the native runtime uses; configured by the environment, as apache/kafka is. */
import { fileURLToPath } from 'node:url'
import { BROKER_FLAGS, KAFKA_VERSION } from '../components/kafka/configuration.ts'
import { librariesRecipe } from '../components/kafka/distribution.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { baseEntries, connects, script, scriptText } from './base.ts'
import type { ImageDefinition, LocalContent } from './image.ts'
import { agentEntries, agentKey, javaEntries, javaKey } from './java.ts'

const USER = '1000:1000'
const DATA = '/var/lib/kafka/data'
const LOGGING = fileURLToPath(new URL('../components/kafka/log4j2.yaml', import.meta.url))
const HEAP_FLAG = /^-Xm[sx]/

export const kafka: ImageDefinition = {
  name: 'kafka',
  product: { official: 'Apache Kafka 4.3.1', local: `Apache Kafka ${KAFKA_VERSION} on OpenJDK 17` },
  official: { reference: 'apache/kafka:4.3.1' },
  local,
  entrypoint: ['/etc/kafka/docker/run'],
  command: [],
  environment: {
    KAFKA_HEAP_OPTS: BROKER_FLAGS.filter((flag) => HEAP_FLAG.test(flag)).join(' '),
    KAFKA_JVM_PERFORMANCE_OPTS: BROKER_FLAGS.filter((flag) => !HEAP_FLAG.test(flag) && !isLogging(flag)).join(' '),
  },
  facts: {
    user: USER,
    ports: { broker: 9092, controller: 9093 },
    dataPath: DATA,
    configPath: null,
    scratch: ['/tmp'],
    // Each of Kafka's own tools starts a JVM, a second of CPU at every check.
    health: { official: ['nc', '-z', '127.0.0.1', '9092'], local: connects('127.0.0.1', 9092) },
  },
}

function isLogging(flag: string): boolean {
  return flag.startsWith('-Dlog4j2.')
}

async function local(context: ProvisionContext): Promise<LocalContent> {
  const libraries = librariesRecipe(context)
  return {
    key: [libraries.key, javaKey(context), await agentKey('kafka', context), await scriptText('kafka.sh')].join('\n'),
    entries: async () => [
      ...(await baseEntries('appuser', USER, context)),
      ...(await javaEntries(context)),
      ...(await agentEntries('kafka', context)),
      { kind: 'copy', path: 'opt/kafka/libs', from: await context.cache.entry(libraries, context.signal) },
      { kind: 'copy', path: 'opt/kafka/config/log4j2.yaml', from: LOGGING },
      await script('kafka.sh', 'etc/kafka/docker/run'),
      { kind: 'folder', path: DATA },
    ],
  }
}
