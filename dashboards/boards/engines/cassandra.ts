import type { Panel } from '../../board.ts'
import { of, sumRate } from '../../query.ts'
import { jvmOf } from './jvm.ts'

const needs = ['figures of Cassandra'] as const

/** What the node says of itself. */
export const cassandraPanels: readonly Panel[] = [
  {
    title: 'Requests at Cassandra, p50',
    about: 'At the coordinator, by kind; CASWrite is a claim of identities. Quantile of some minutes.',
    unit: 'seconds',
    scale: 'log',
    needs,
    lines: [{ expr: `cassandra_request_seconds${of({ quantile: '0.50' })}`, name: '{{request}}' }],
  },
  {
    title: 'Requests at Cassandra, p99',
    about: 'At the coordinator, by kind; CASWrite is a claim of identities. Quantile of some minutes.',
    unit: 'seconds',
    scale: 'log',
    needs,
    lines: [{ expr: `cassandra_request_seconds${of({ quantile: '0.99' })}`, name: '{{request}}' }],
  },
  {
    title: 'Requests of Cassandra',
    about: 'By kind; a batch is one.',
    unit: '1/s',
    needs,
    lines: [{ expr: sumRate('cassandra_requests_total', of(), 'request'), name: '{{request}}' }],
  },
  {
    title: 'Wait for the commit log',
    about: 'What a write waits for its fsync, which all writes of some milliseconds share; quantiles of some minutes.',
    unit: 'seconds',
    scale: 'log',
    needs,
    lines: [
      { expr: `cassandra_commitlog_wait_seconds${of({ quantile: '0.50' })}`, name: 'p50', look: 'p50' },
      { expr: `cassandra_commitlog_wait_seconds${of({ quantile: '0.99' })}`, name: 'p99', look: 'p99' },
    ],
  },
  {
    title: 'Compactions that are due',
    about: 'Rising all the time: the node writes faster than it tidies, and reads get slower.',
    unit: 'count',
    needs,
    lines: [{ expr: `sum(cassandra_compactions_pending${of()})`, name: 'due', look: 'backlog' }],
  },
  {
    title: 'Bytes that compactions read',
    about: 'They share the disk and the cores with the load.',
    unit: 'bytes/s',
    needs,
    lines: [{ expr: sumRate('cassandra_compacted_bytes_total'), name: 'read', look: 'read' }],
  },
  {
    title: 'Tasks that wait for a thread of Cassandra',
    about: 'By stage; above 0 for long: it does not keep up.',
    unit: 'count',
    needs,
    lines: [{ expr: `cassandra_stage_pending_tasks${of()}`, name: '{{stage}}' }],
  },
  {
    title: 'Requests that Cassandra dropped, writes it kept as hints',
    about: 'Given up because they waited too long; kept for a node that was not there.',
    unit: '1/s',
    needs,
    lines: [
      { expr: sumRate('cassandra_dropped_total'), name: 'dropped', look: 'errors' },
      { expr: sumRate('cassandra_hints_total'), name: 'hints', look: 'backlog' },
    ],
  },
  ...jvmOf('Cassandra', 'cassandra', needs),
]
