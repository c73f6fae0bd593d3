/** Settings and command line of a single Cassandra node on loopback. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { MemoryLimit } from '../../component.ts'

export const CASSANDRA_VERSION = '5.0.9'
/** Cassandra 5.0 runs on 11 and 17; newer ones lack the security manager it installs. */
export const NEWEST_JAVA = 17
export const DATA_CENTER = 'datacenter1'
const LOG_SETTINGS = fileURLToPath(new URL('./logback.xml', import.meta.url))

export interface NodePorts {
  /** CQL, for clients. */
  readonly native: number
  /** Between nodes; there is one, and it still listens. */
  readonly storage: number
  /** JMX, for the node's own administration. */
  readonly management: number
}

/**
 * `cassandra.yaml`. What differs from the product's own file: loopback and free ports, one token range, caches and
 * memtables for a heap of 1 GB, nothing that waits for other nodes, and the commit log: `group` acknowledges a write
 * after an fsync that all writes of the last 5 ms share, the durability class of the other backends. `batch` means the
 * same and syncs at once, which costs one fsync for each handful of writes; `periodic`, the product's default,
 * acknowledges before the fsync and may lose 10 s. A disk that fails ends the process, where the product's default
 * leaves one that answers nobody.
 */
export function cassandraYaml(ports: Omit<NodePorts, 'management'>, dataDir: string): string {
  const folder = (name: string) => JSON.stringify(join(dataDir, name))
  return `cluster_name: chat-lab
num_tokens: 1
initial_token: "0"
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "127.0.0.1:${ports.storage}"
listen_address: 127.0.0.1
rpc_address: 127.0.0.1
native_transport_port: ${ports.native}
storage_port: ${ports.storage}
start_native_transport: true
auto_bootstrap: false
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
data_file_directories: [ ${folder('data')} ]
commitlog_directory: ${folder('commitlog')}
hints_directory: ${folder('hints')}
saved_caches_directory: ${folder('saved_caches')}
cdc_enabled: false
commitlog_sync: group
commitlog_sync_group_window: 5ms
commitlog_segment_size: 16MiB
commitlog_total_space: 256MiB
disk_failure_policy: die
commit_failure_policy: die
disk_access_mode: mmap_index_only
memtable_heap_space: 128MiB
memtable_offheap_space: 128MiB
memtable_allocation_type: offheap_objects
memtable:
  configurations:
    trie: { class_name: TrieMemtable }
    default: { inherits: trie }
sstable:
  selected_format: bti
storage_compatibility_mode: NONE
paxos_variant: v2
file_cache_size: 32MiB
networking_cache_size: 16MiB
key_cache_size: 16MiB
row_cache_size: 0MiB
counter_cache_size: 0MiB
prepared_statements_cache_size: 4MiB
concurrent_reads: 8
concurrent_writes: 64
concurrent_counter_writes: 2
concurrent_materialized_view_writes: 2
native_transport_max_threads: 64
memtable_flush_writers: 1
concurrent_compactors: 1
compaction_throughput: 32MiB/s
hinted_handoff_enabled: false
auto_snapshot: false
snapshot_before_compaction: false
trickle_fsync: true
dynamic_snitch: false
batch_size_warn_threshold: 64KiB
batch_size_fail_threshold: 512KiB
unlogged_batch_across_partitions_warn_threshold: 10
read_request_timeout: 5000ms
range_request_timeout: 10000ms
write_request_timeout: 5000ms
cas_contention_timeout: 5000ms
request_timeout: 10000ms
internode_compression: none
`
}

/** Packages of the JDK that Cassandra reaches into, as its own `jvm17-server.options` has them. */
const EXPORTS = [
  'java.base/jdk.internal.misc',
  'java.management/com.sun.jmx.remote.security',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'java.base/java.lang.ref',
  'jdk.unsupported/sun.misc',
  'jdk.attach/sun.tools.attach',
]
const OPENS = [
  'java.base/java.lang.module',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.util.jar',
  'jdk.management/com.sun.management.internal',
  'java.base/sun.nio.ch',
  'java.base/java.io',
  'java.base/java.nio',
  'java.base/java.lang.reflect',
  'java.base/java.lang',
  'java.base/java.util',
  'java.base/java.util.concurrent',
  'java.base/java.util.concurrent.atomic',
]

const HEAP_MIB = 1024
const DIRECT_MIB = 512

export const NODE_MEMORY: readonly MemoryLimit[] = [
  { what: 'heap', bytes: HEAP_MIB * 2 ** 20 },
  { what: 'direct memory', bytes: DIRECT_MIB * 2 ** 20 },
]

/** What every program among Cassandra's libraries wants of the JVM. */
export const MODULE_FLAGS: readonly string[] = [
  ...EXPORTS.map((name) => `--add-exports=${name}=ALL-UNNAMED`),
  ...OPENS.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
]

/**
 * Flags of the node's JVM. It stops at the first tier of the compiler: a node that lives for a run spends more CPU on
 * optimising its code than the optimised code saves (docs/performance.md).
 */
export const NODE_FLAGS: readonly string[] = [
  '-Djdk.attach.allowAttachSelf=true',
  ...MODULE_FLAGS,
  '-Dio.netty.tryReflectionSetAccessible=true',
  '-Dio.netty.allocator.useCacheForAllThreads=true',
  '-Dio.netty.allocator.maxOrder=11',
  '-Djava.awt.headless=true',
  '-Dfile.encoding=UTF-8',
  '-Xss256k',
  `-Xms${HEAP_MIB}m`,
  `-Xmx${HEAP_MIB}m`,
  `-XX:MaxDirectMemorySize=${DIRECT_MIB}m`,
  '-XX:TieredStopAtLevel=1',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=50',
  '-XX:+ParallelRefProcEnabled',
  '-XX:+ExitOnOutOfMemoryError',
  '-XX:-UsePerfData',
  '-Dcassandra-foreground=yes',
  '-Dcassandra.skip_wait_for_gossip_to_settle=0',
  '-Dcassandra.ring_delay_ms=0',
  `-Dlogback.configurationFile=${LOG_SETTINGS}`,
]

export const MAIN_CLASS = 'org.apache.cassandra.service.CassandraDaemon'

/** Flags that name the folders of one node. */
export function folderFlags(dataDir: string): string[] {
  const temporary = join(dataDir, 'tmp')
  return [
    `-Dcassandra.config=file://${join(dataDir, 'cassandra.yaml')}`,
    `-Dcassandra.storagedir=${dataDir}`,
    `-Dcassandra.triggers_dir=${join(dataDir, 'triggers')}`,
    `-Djava.io.tmpdir=${temporary}`,
    `-Djna.tmpdir=${temporary}`,
  ]
}

/** A line of the node's log (`CassandraDaemon`); it is asked over CQL after that. */
export const isStarted = (line: string): boolean => line.includes('Startup complete')
