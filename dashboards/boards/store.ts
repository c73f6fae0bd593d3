import type { Board } from '../board.ts'
import { mean, of, quantile, rate, sumRate } from '../query.ts'
import { cassandraPanels } from './engines/cassandra.ts'
import { mysqlPanels } from './engines/mysql.ts'
import { postgresPanels } from './engines/postgres.ts'
import { resourcesOf } from './resources.ts'

const calls = (q: number) => quantile(q, 'chat_store_seconds', of(), 'operation')

export const store: Board = {
  uid: 'chat-store',
  title: 'Chat lab: store',
  about: 'Does the store keep up, and what does it cost?',
  panels: [
    {
      title: 'Calls of the store, p50',
      about: 'append writes a batch of messages, history reads a page of a room.',
      unit: 'seconds',
      scale: 'log',
      lines: [{ expr: calls(0.5), name: '{{operation}}' }],
    },
    {
      title: 'Calls of the store, p99',
      about: 'append writes a batch of messages, history reads a page of a room.',
      unit: 'seconds',
      scale: 'log',
      lines: [{ expr: calls(0.99), name: '{{operation}}' }],
    },
    {
      title: 'Calls',
      about: 'Fewer calls at the same load: larger batches.',
      unit: '1/s',
      lines: [{ expr: sumRate('chat_store_seconds_count', of(), 'operation'), name: '{{operation}}' }],
    },
    {
      title: 'Messages stored',
      about: 'Written by the persister, with those it refused because their identity was taken.',
      unit: 'messages/s',
      needs: ['persister'],
      lines: [
        { expr: sumRate('chat_persisted_total'), name: 'stored', look: 'acked' },
        { expr: sumRate('chat_persist_refused_total'), name: 'refused', look: 'errors' },
      ],
    },
    {
      title: 'Messages a write',
      about: 'Mean and p99 of the size of a batch: it grows when the store is slow or the load is high.',
      unit: 'count',
      needs: ['persister'],
      lines: [
        { expr: mean('chat_persist_batch_rows'), name: 'mean', look: 'p50' },
        { expr: quantile(0.99, 'chat_persist_batch_rows'), name: 'p99', look: 'p99' },
      ],
    },
    {
      title: 'Waiting for their durable step',
      about: 'Drafts that a gateway holds; above a limit it reads no more from senders.',
      unit: 'count',
      lines: [{ expr: `sum(chat_pending${of()})`, name: 'pending', look: 'backlog' }],
    },
    ...resourcesOf('the store', 'mongo.*|ferretdb.*|postgres.*|mysql.*|cassandra.*', ['store server']),
    {
      title: 'CPU of the persister',
      about: 'Cores used by the process that writes to the store.',
      unit: 'cores',
      needs: ['persister'],
      lines: [{ expr: rate('process_cpu_seconds_total', of({ role: '=~.*persister.*' })), name: '{{instance}}' }],
    },
    {
      title: 'Free disk space',
      about: "Where the run's data is.",
      unit: 'bytes',
      lines: [{ expr: `lab_disk_free_bytes${of()}`, name: 'free', look: 'plain' }],
    },
    ...mysqlPanels,
    ...postgresPanels,
    ...cassandraPanels,
  ],
}
