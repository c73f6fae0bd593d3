import type { Panel } from '../../board.ts'
import { of, sumRate } from '../../query.ts'
import { jvmOf } from './jvm.ts'

const needs = ['figures of Kafka'] as const
const produce = (metric: string, quantile: string) => `${metric}${of({ request: 'Produce', quantile })}`

/** What the broker says of itself. */
export const brokerPanels: readonly Panel[] = [
  {
    title: 'Produce requests at the broker',
    about: 'From read to answered, and of that the wait for a handler and the append; quantiles of some minutes.',
    unit: 'seconds',
    scale: 'log',
    needs,
    lines: [
      { expr: produce('kafka_request_seconds', '0.50'), name: 'all, p50', look: 'p50' },
      { expr: produce('kafka_request_seconds', '0.99'), name: 'all, p99', look: 'p99' },
      { expr: produce('kafka_request_queue_seconds', '0.99'), name: 'queue, p99', look: 'backlog' },
      { expr: produce('kafka_request_local_seconds', '0.99'), name: 'append, p99', look: 'written' },
    ],
  },
  {
    title: 'Fetch requests at the broker, without their wait for records',
    about: 'The wait for a handler and the read; quantiles of some minutes.',
    unit: 'seconds',
    scale: 'log',
    needs,
    lines: [
      {
        expr: `kafka_request_queue_seconds${of({ request: 'FetchConsumer', quantile: '0.99' })}`,
        name: 'queue, p99',
        look: 'backlog',
      },
      {
        expr: `kafka_request_local_seconds${of({ request: 'FetchConsumer', quantile: '0.99' })}`,
        name: 'read, p99',
        look: 'read',
      },
    ],
  },
  {
    title: 'Requests of the broker',
    about: 'The CPU of a broker follows these more than the records in them.',
    unit: '1/s',
    needs,
    lines: [{ expr: sumRate('kafka_requests_total', of(), 'request'), name: '{{request}}' }],
  },
  {
    title: 'Records a produce request',
    about: 'Mean: it grows with the load and with lingering.',
    unit: 'count',
    needs,
    lines: [
      {
        expr: `${sumRate('kafka_in_records_total')} / ${sumRate('kafka_requests_total', of({ request: 'Produce' }))}`,
        name: 'mean',
        look: 'plain',
      },
    ],
  },
  {
    title: 'Requests that wait for a handler',
    about: 'Above 0 for long: the handlers do not keep up.',
    unit: 'count',
    needs,
    lines: [{ expr: `sum(kafka_request_queue_size${of()})`, name: 'waiting', look: 'backlog' }],
  },
  {
    title: 'Idle threads of the broker',
    about: 'Share of time that request handlers (last minute) and network threads wait; near 0 they are the limit.',
    unit: 'ratio',
    needs,
    lines: [
      { expr: `kafka_request_handlers_idle_ratio${of()}`, name: 'request handlers', look: 'acked' },
      { expr: `kafka_network_threads_idle_ratio${of()}`, name: 'network threads', look: 'delivered' },
    ],
  },
  {
    title: 'Bytes into the log and out of it',
    about: 'Every gateway and the persister read all of it: out is a multiple of in.',
    unit: 'bytes/s',
    needs,
    lines: [
      { expr: sumRate('kafka_in_bytes_total'), name: 'in', look: 'written' },
      { expr: sumRate('kafka_out_bytes_total'), name: 'out', look: 'read' },
    ],
  },
  {
    title: 'Writes of segments through to the disk',
    about: 'Quantiles of some minutes; no request waits for them.',
    unit: 'seconds',
    scale: 'log',
    needs,
    lines: [
      { expr: `kafka_log_flush_seconds${of({ quantile: '0.50' })}`, name: 'p50', look: 'p50' },
      { expr: `kafka_log_flush_seconds${of({ quantile: '0.99' })}`, name: 'p99', look: 'p99' },
    ],
  },
  {
    title: 'Partitions below their minimum of replicas',
    about: 'They take no write with acks=all: above 0 senders wait.',
    unit: 'count',
    needs,
    lines: [{ expr: `sum(kafka_under_min_isr_partitions${of()})`, name: 'partitions', look: 'errors' }],
  },
  ...jvmOf('the broker', 'kafka', needs),
]
