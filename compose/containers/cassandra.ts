/** Cassandra in a container: one node with the settings of the native one, its commit log among them. */
import { urlOf } from '../components/cassandra/address.ts'
import {
  cassandraYaml,
  DATA_CENTER,
  isStarted,
  NODE_FLAGS,
  NODE_MEMORY,
} from '../components/cassandra/configuration.ts'
import { firstAnswer } from '../components/cassandra/probe.ts'
import { waitForLine } from '../native/logs.ts'
import type { ContainerRecipe } from './recipe.ts'

const SETTINGS = '/etc/cassandra/cassandra.yaml'
/** Flags of the native node that an official image has not; the heap has a variable of its own. */
const OWN_FLAG = /^-XX:(?:MaxDirectMemorySize|TieredStopAtLevel)|^-Dcassandra\.(?:skip_wait|ring_delay)/

export const cassandra: ContainerRecipe = {
  image: 'cassandra',
  port: 'cql',
  memoryMiB: 3_072,
  readyTimeoutMs: 180_000,
  setUp: ({ image: { facts }, port }) => {
    const address = { contactPoints: [`127.0.0.1:${port}`], dataCenter: DATA_CENTER, credentials: undefined }
    const heap = NODE_FLAGS.find((flag) => flag.startsWith('-Xmx'))!.slice('-Xmx'.length)
    return {
      url: urlOf(address),
      publicUrl: urlOf(address),
      environment: {
        CASSANDRA_LISTEN_ADDRESS: '127.0.0.1',
        CASSANDRA_SEEDS: '127.0.0.1',
        CASSANDRA_BROADCAST_RPC_ADDRESS: '127.0.0.1',
        MAX_HEAP_SIZE: heap,
        JVM_EXTRA_OPTS: NODE_FLAGS.filter((flag) => OWN_FLAG.test(flag)).join(' '),
      },
      files: { [SETTINGS]: settings(facts.ports.cql!, facts.ports.storage!, facts.dataPath!) },
      memory: NODE_MEMORY,
      ready: async (process, signal) => {
        await waitForLine(process, isStarted, signal)
        return (await firstAnswer(address, signal)).identity
      },
    }
  },
}

/** The published port leads to an address that is not the loopback of the container. */
const settings = (native: number, storage: number, dataPath: string): string =>
  cassandraYaml({ native, storage }, dataPath).replace(
    /^rpc_address: .*$/m,
    'rpc_address: 0.0.0.0\nbroadcast_rpc_address: 127.0.0.1',
  )
