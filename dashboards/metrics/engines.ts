/** What engines say of themselves, as far as panels show it; pages of exporters have more. */
import type { MetricDescription, MetricSource, MetricType, MetricUnit } from './description.ts'

const of =
  (source: MetricSource) =>
  (
    name: string,
    type: MetricType,
    unit: MetricUnit,
    meaning: string,
    labels: MetricDescription['labels'] = {},
  ): MetricDescription => ({ name, type, unit, labels, source, meaning })

const quantile = { quantile: ['0.50', '0.99'] } as const
const recent = "the engine's own quantile over some minutes that weigh the newest most"

const kafka = of('kafka')
const kafkaRequest = { request: ['Produce', 'FetchConsumer'] } as const
const kafkaMetrics = [
  kafka('kafka_requests_total', 'counter', 'calls', 'Requests answered', kafkaRequest),
  kafka('kafka_request_seconds', 'gauge', 'seconds', `A request from read to answered: ${recent}`, {
    ...kafkaRequest,
    ...quantile,
  }),
  kafka('kafka_request_queue_seconds', 'gauge', 'seconds', `Its wait for a handler: ${recent}`, {
    ...kafkaRequest,
    ...quantile,
  }),
  kafka('kafka_request_local_seconds', 'gauge', 'seconds', `Its work at the leader, the append included: ${recent}`, {
    ...kafkaRequest,
    ...quantile,
  }),
  kafka('kafka_request_queue_size', 'gauge', 'calls', 'Requests that wait for a handler'),
  kafka('kafka_network_threads_idle_ratio', 'gauge', '1', 'Share of time that network threads wait'),
  kafka('kafka_request_handlers_idle_ratio', 'gauge', '1', 'Share of the last minute that request handlers waited'),
  kafka('kafka_in_bytes_total', 'counter', 'bytes', 'Bytes producers wrote'),
  kafka('kafka_out_bytes_total', 'counter', 'bytes', 'Bytes consumers read'),
  kafka('kafka_in_records_total', 'counter', 'messages', 'Records producers wrote, those of groups included'),
  kafka('kafka_under_min_isr_partitions', 'gauge', '1', 'Partitions that take no write with acks=all'),
  kafka('kafka_log_flush_seconds', 'gauge', 'seconds', `A segment's write through to the disk: ${recent}`, quantile),
]

const jvm = of('jvm')
const jvmMetrics = [
  jvm('jvm_gc_collection_seconds', 'summary', 'seconds', 'Collections of a garbage collector', { gc: null }),
  jvm('jvm_memory_used_bytes', 'gauge', 'bytes', 'Used memory of the JVM', { area: ['heap', 'nonheap'] }),
]

const cassandra = of('cassandra')
const cassandraRequest = { request: ['Write', 'Read', 'CASWrite'] } as const
const cassandraMetrics = [
  cassandra('cassandra_requests_total', 'counter', 'calls', 'Requests the coordinator answered', cassandraRequest),
  cassandra('cassandra_request_seconds', 'gauge', 'seconds', `One of them: ${recent}`, {
    ...cassandraRequest,
    ...quantile,
  }),
  cassandra(
    'cassandra_commitlog_wait_seconds',
    'gauge',
    'seconds',
    `A write's wait for its fsync: ${recent}`,
    quantile,
  ),
  cassandra('cassandra_compactions_pending', 'gauge', '1', 'Compactions that are due'),
  cassandra('cassandra_compacted_bytes_total', 'counter', 'bytes', 'Bytes that compactions read'),
  cassandra('cassandra_hints_total', 'counter', 'calls', 'Writes kept for a node that was not there'),
  cassandra('cassandra_dropped_total', 'counter', 'calls', 'Requests given up because they waited too long', {
    message: ['MUTATION', 'READ'],
  }),
  cassandra('cassandra_stage_pending_tasks', 'gauge', '1', 'Tasks that wait for a thread', {
    stage: ['MutationStage', 'ReadStage'],
  }),
]

const mysql = of('mysql')
const mysqlMetrics = [
  mysql('mysql_global_status_queries', 'counter', 'calls', 'Statements run, those within procedures included'),
  mysql('mysql_global_status_innodb_row_ops_total', 'counter', 'rows', 'Rows, by what was done', {
    operation: ['deleted', 'inserted', 'read', 'updated'],
  }),
  mysql('mysql_global_status_innodb_os_log_written', 'counter', 'bytes', 'Bytes of the redo log'),
  mysql('mysql_global_status_innodb_os_log_fsyncs', 'counter', 'calls', 'Fsyncs of the redo log'),
  mysql('mysql_global_status_innodb_data_fsyncs', 'counter', 'calls', 'Fsyncs of all files'),
  mysql('mysql_global_status_innodb_row_lock_waits', 'counter', 'calls', 'Times a statement waited for a row lock'),
]

const postgres = of('postgres')
const database = { datid: null, datname: null } as const
const postgresMetrics = [
  postgres('pg_stat_database_xact_commit', 'counter', 'calls', 'Transactions committed', database),
  postgres('pg_stat_database_xact_rollback', 'counter', 'calls', 'Transactions rolled back', database),
  postgres('pg_stat_database_blks_hit', 'counter', 'blocks', 'Blocks found in shared buffers', database),
  postgres('pg_stat_database_blks_read', 'counter', 'blocks', 'Blocks asked of the operating system', database),
  postgres('pg_wal_written_bytes_total', 'counter', 'bytes', 'Bytes of the write-ahead log'),
  postgres('pg_wal_full_pages_total', 'counter', 'blocks', 'Blocks written to it whole'),
  postgres('pg_stat_checkpointer_num_timed_total', 'counter', 'calls', 'Checkpoints that were due by time'),
  postgres(
    'pg_stat_checkpointer_num_requested_total',
    'counter',
    'calls',
    'Checkpoints that were asked for, or due by WAL',
  ),
  postgres('pg_stat_checkpointer_buffers_written_total', 'counter', 'blocks', 'Blocks that checkpoints wrote'),
]

const redis = of('redis')
const redisMetrics = [
  redis('redis_commands_processed_total', 'counter', 'calls', 'Commands run'),
  redis('redis_memory_used_bytes', 'gauge', 'bytes', 'Memory the allocator gave'),
  redis('redis_memory_max_bytes', 'gauge', 'bytes', 'Where keys begin to make room'),
  redis('redis_pubsub_channels', 'gauge', '1', 'Channels with a subscriber'),
  redis('redis_evicted_keys_total', 'counter', 'keys', 'Keys that made room'),
  redis('redis_net_input_bytes_total', 'counter', 'bytes', 'Bytes read from clients'),
  redis('redis_net_output_bytes_total', 'counter', 'bytes', 'Bytes written to clients and subscribers'),
]

export const engineMetrics: readonly MetricDescription[] = [
  ...kafkaMetrics,
  ...jvmMetrics,
  ...cassandraMetrics,
  ...mysqlMetrics,
  ...postgresMetrics,
  ...redisMetrics,
]
