/** One Cassandra node on the libraries and settings the native runtime uses. */
import { fileURLToPath } from 'node:url'
import { CASSANDRA_VERSION, cassandraYaml, NODE_FLAGS } from '../components/cassandra/configuration.ts'
import { cassandraRecipe } from '../components/cassandra/distribution.ts'
import { REPLACED_FILES } from '../components/cassandra/management.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { baseEntries, connects, script, scriptText } from './base.ts'
import type { ImageDefinition, LocalContent } from './image.ts'
import { agentEntries, agentKey, javaEntries, javaKey } from './java.ts'

const USER = '999:999'
const DATA = '/var/lib/cassandra'
const LOGGING = fileURLToPath(new URL('../components/cassandra/logback.xml', import.meta.url))
const REPLACED_FLAG = /^-Xm[sx]|^-Dlogback\./

export const cassandra: ImageDefinition = {
  name: 'cassandra',
  product: { official: 'Apache Cassandra 5.0.9', local: `Apache Cassandra ${CASSANDRA_VERSION} on OpenJDK 17` },
  official: { reference: 'cassandra:5.0.9' },
  local,
  entrypoint: ['/usr/local/bin/docker-entrypoint.sh'],
  command: ['cassandra', '-f'],
  environment: { LAB_NODE_FLAGS: NODE_FLAGS.filter((flag) => !REPLACED_FLAG.test(flag)).join(' ') },
  facts: {
    user: USER,
    ports: { cql: 9042, storage: 7000 },
    dataPath: DATA,
    configPath: null,
    scratch: ['/tmp'],
    // cqlsh and nodetool start a Python and a JVM at every check.
    health: {
      official: ['bash', '-c', 'exec 3<>"/dev/tcp/$(hostname -i | cut -d " " -f 1)/9042"'],
      local: connects('127.0.0.1', 9042),
    },
    // The Java of the image built here lacks jdk.naming.rmi, without which nodetool reaches no node.
    upkeep: {
      official: {
        settle: ['nodetool', 'flush'],
        compact: ['nodetool', 'compact', '--'],
        untidy: REPLACED_FILES,
      },
    },
  },
}

/** The settings of the native runtime, with this container's address in the place of loopback. */
function settings(): string {
  return cassandraYaml({ native: 9042, storage: 7000 }, DATA)
    .replace(/- seeds: .*/, '- seeds: "@SEEDS@"')
    .replace(/^listen_address: .*$/m, 'listen_address: @ADDRESS@')
    .replace(/^rpc_address: .*$/m, 'rpc_address: 0.0.0.0\nbroadcast_rpc_address: @ADDRESS@')
}

async function local(context: ProvisionContext): Promise<LocalContent> {
  const libraries = cassandraRecipe(context)
  return {
    key: [
      libraries.key,
      javaKey(context),
      await agentKey('cassandra', context),
      settings(),
      await scriptText('cassandra.sh'),
    ].join('\n'),
    entries: async () => [
      ...(await baseEntries('cassandra', USER, context)),
      ...(await javaEntries(context)),
      ...(await agentEntries('cassandra', context)),
      { kind: 'copy', path: 'opt/cassandra/lib', from: await context.cache.entry(libraries, context.signal) },
      { kind: 'copy', path: 'etc/cassandra/logback.xml', from: LOGGING },
      { kind: 'text', path: 'etc/cassandra/cassandra.yaml', text: settings() },
      await script('cassandra.sh', 'usr/local/bin/docker-entrypoint.sh'),
      { kind: 'folder', path: DATA },
    ],
  }
}
