/** Cassandra, one node. */
import { DATA_CENTER } from '../../components/cassandra/configuration.ts'
import { healthOf, imageParts, stateful } from '../defaults.ts'
import { agentOf } from '../figures.ts'
import { imageOf } from '../options.ts'
import type { StackStore } from './store.ts'

const keyspace = 'chat'

/**
 * A write is acknowledged after its fsync, as in the settings of the native node, which the image built here has; the
 * official one has the product's own file, and these take its place (CASSANDRA-17188).
 */
const durability = [
  '-Dcassandra.config.allow_system_properties=true',
  '-Dcassandra.settings.commitlog_sync=group',
  '-Dcassandra.settings.commitlog_sync_group_window=5ms',
]

export const cassandra: StackStore = {
  port: 9042,
  url: (at) => `cassandra://${at}/${keyspace}?dc=${DATA_CENTER}`,
  service: (options) => {
    const image = imageOf(options, 'cassandra')
    const isOfficial = image.source === 'official'
    return {
      ...stateful,
      ...imageParts(image),
      command: [],
      environment: {
        MAX_HEAP_SIZE: '1g',
        ...(isOfficial && { HEAP_NEWSIZE: '256m', JVM_EXTRA_OPTS: durability.join(' ') }),
        ...agentOf(options, 'cassandra', 'JVM_EXTRA_OPTS'),
      },
      // The official image writes its settings beside the program.
      writableRoot: isOfficial,
      networks: ['data'],
      volumes: [{ source: 'cassandra-data', target: image.facts.dataPath! }],
      healthcheck: healthOf(image),
      stopGraceMs: 30_000,
      replicas: 1,
      limits: { cpus: options.cpus, memoryMiB: 2_560, pids: 512 },
      reservations: { cpus: 0.1, memoryMiB: 1_536 },
    }
  },
}
