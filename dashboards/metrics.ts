import type { MetricDescription, MetricType, MetricUnit } from './metrics/description.ts'
import { engineMetrics } from './metrics/engines.ts'

/**
 * Labels that the scrape adds to everything: `run` (id of the run), `backend`, `runtime`, `job` (`chat`, `lab` or
 * `engine`), `role` (roles of the process joined by `+`, `lab` for the lab, the engine) and `instance` (name of the process, as in the report).
 */
export const targetLabels = ['run', 'backend', 'runtime', 'job', 'role', 'instance'] as const

/** The stages of a delivered message's path. Their sums add up to that of `chat_delivery_seconds`. */
export const stages = ['durable', 'fanout', 'write'] as const

const chat = (
  name: string,
  type: MetricType,
  unit: MetricUnit,
  meaning: string,
  more: Partial<Pick<MetricDescription, 'labels' | 'roles'>> = {},
): MetricDescription => ({ name, type, unit, labels: {}, source: 'chat', meaning, ...more })

const lab = (
  name: string,
  type: MetricType,
  unit: MetricUnit,
  meaning: string,
  labels: MetricDescription['labels'] = {},
): MetricDescription => ({ name, type, unit, labels, source: 'lab', meaning })

const gateway = { roles: ['gateway'] } as const
const persister = { roles: ['persister'] } as const
const relay = { roles: ['relay'] } as const
const component = { component: null } as const

/**
 * Every metric that panels, rules and tests name. Units are base units (seconds, bytes); counters end in `_total`, but
 * where an exporter has names of its own. Names are the same in every runtime.
 */
export const metrics: readonly MetricDescription[] = [
  chat('chat_connections', 'gauge', 'sockets', 'Open sockets', gateway),
  chat('chat_frames_in_total', 'counter', 'frames', 'STOMP frames read', gateway),
  chat('chat_frames_out_total', 'counter', 'frames', 'STOMP frames written', gateway),
  chat('chat_accepted_total', 'counter', 'messages', 'Messages answered as durable', { roles: ['gateway', 'api'] }),
  chat('chat_refused_total', 'counter', 'calls', 'Requests refused, by error code', {
    roles: ['gateway', 'api'],
    labels: { code: null },
  }),
  chat('chat_accept_seconds', 'histogram', 'seconds', 'SEND read to handed to the durable step', gateway),
  chat('chat_ack_seconds', 'histogram', 'seconds', 'SEND read to its RECEIPT, or to its refusal', gateway),
  chat(
    'chat_stage_seconds',
    'histogram',
    'seconds',
    'A stage of the path of a delivered message, at the gateway that writes it: durable (read to durable), fanout (durable to picked up from the fan-out), write (picked up to written to the sockets)',
    {
      ...gateway,
      labels: { stage: stages },
    },
  ),
  chat(
    'chat_delivery_seconds',
    'histogram',
    'seconds',
    'The whole path of a delivered message: SEND read to written to the sockets of the room here, one sample a message and gateway',
    gateway,
  ),
  chat('chat_slow_consumer_total', 'counter', 'sockets', 'Sockets closed because they read too slowly', gateway),
  chat(
    'chat_backpressure_active',
    'gauge',
    '1',
    'Gateways that read no more from senders until the durable step has caught up',
    gateway,
  ),
  chat('chat_pending', 'gauge', 'messages', 'Drafts that wait for their durable step'),
  chat(
    'chat_persist_seconds',
    'histogram',
    'seconds',
    'SEND read to stored, beside the path: the RECEIPT does not wait for it',
    persister,
  ),
  chat(
    'chat_persist_lag_messages',
    'gauge',
    'messages',
    'Records of the message log that are not stored yet (log end less committed offset)',
    persister,
  ),
  chat('chat_persisted_total', 'counter', 'messages', 'Messages written to the store', persister),
  chat(
    'chat_persist_refused_total',
    'counter',
    'messages',
    'Messages the store refused because their identity was stored under another seq',
    persister,
  ),
  chat('chat_persist_batch_rows', 'histogram', 'rows', 'Messages of one write to the store', persister),
  chat('chat_relayed_total', 'counter', 'messages', 'Messages published to Redis', relay),
  chat('chat_relay_seconds', 'histogram', 'seconds', 'SEND read to published, within durable and fanout', relay),
  chat('chat_cache_reads_total', 'counter', 'calls', 'First pages of history asked of the cache, by outcome', {
    roles: ['api'],
    labels: { outcome: ['hit', 'miss', 'failed'] },
  }),
  chat(
    'chat_store_seconds',
    'histogram',
    'seconds',
    'One call of the store: append is the write of a batch, history a page of it',
    {
      labels: { operation: ['append', 'history'] },
    },
  ),
  chat('process_cpu_seconds_total', 'counter', 'seconds', 'CPU of the process'),
  chat('process_resident_memory_bytes', 'gauge', 'bytes', 'Resident memory of the process'),
  chat('nodejs_heap_size_used_bytes', 'gauge', 'bytes', 'Used JavaScript heap'),
  chat(
    'nodejs_eventloop_lag_p99_seconds',
    'gauge',
    'seconds',
    'p99 of how late the event loop was, of the worse of the last two seconds',
  ),
  chat('nodejs_gc_duration_seconds', 'histogram', 'seconds', 'Garbage collections, by kind', {
    labels: { kind: null },
  }),

  lab('lab_offered_messages_per_second', 'gauge', 'messages/s', 'What the profile asks for now'),
  lab('lab_messages_intended_total', 'counter', 'messages', 'Messages that fell due'),
  lab('lab_messages_sent_total', 'counter', 'messages', 'Messages handed to a socket'),
  lab('lab_messages_acked_total', 'counter', 'messages', 'Messages with a RECEIPT'),
  lab('lab_messages_refused_total', 'counter', 'messages', 'Messages refused for good'),
  lab('lab_deliveries_total', 'counter', 'messages', 'Messages read by receivers, one a message and receiver'),
  lab('lab_connected_sockets', 'gauge', 'sockets', 'Clients with a socket'),
  lab('lab_unanswered_messages', 'gauge', 'messages', 'Sent, and neither acked nor refused'),
  lab(
    'lab_delivery_latency_seconds',
    'gauge',
    'seconds',
    'Due to read by a receiver: quantiles of the last second, exact to 3 digits; no sample in a second without deliveries',
    { quantile: ['0.5', '0.99', '1'] },
  ),
  lab('lab_ack_latency_seconds', 'gauge', 'seconds', 'Due to RECEIPT: quantile of the last second', {
    quantile: ['0.99'],
  }),
  lab(
    'lab_send_lateness_seconds',
    'gauge',
    'seconds',
    "How late the generator itself sent: quantile of the last second. High: the run's validity is in doubt",
    { quantile: ['0.99'] },
  ),
  lab('lab_backlog_messages', 'gauge', 'messages', 'Accepted and not yet stored'),
  lab('lab_slo_seconds', 'gauge', 'seconds', 'The objective that latency is judged by', {
    metric: ['delivery', 'ack'],
    quantile: null,
  }),
  lab('lab_phase', 'gauge', '1', '1 for the phase that is going on: for annotations', { phase: null }),
  lab('lab_fault_active', 'gauge', '1', '1 while a planned fault is on: for annotations', { fault: null }),
  lab(
    'lab_component_cpu_seconds_total',
    'counter',
    'seconds',
    'CPU of a component and its children, as in the report',
    component,
  ),
  lab('lab_component_resident_bytes', 'gauge', 'bytes', 'Resident memory of a component', component),
  lab('lab_component_read_bytes_total', 'counter', 'bytes', 'Bytes a component read from the block layer', component),
  lab('lab_component_written_bytes_total', 'counter', 'bytes', 'Bytes a component wrote to the block layer', component),
  lab('lab_component_write_calls_total', 'counter', 'calls', 'Calls of the write family', component),
  lab('lab_machine_cpu_busy_seconds_total', 'counter', 'seconds', 'CPU seconds all cores were busy'),
  lab('lab_machine_cpu_steal_seconds_total', 'counter', 'seconds', 'CPU seconds the hypervisor took away'),
  lab('lab_machine_cores', 'gauge', 'cores', 'Cores of the machine'),
  lab('lab_disk_free_bytes', 'gauge', 'bytes', "Free space where the run's data is"),
  ...engineMetrics,
]
