import type { Panel } from '../../board.ts'
import { of, sumRate } from '../../query.ts'

const needs = ['figures of MySQL'] as const

/** What the server says of itself. */
export const mysqlPanels: readonly Panel[] = [
  {
    title: 'Statements of MySQL',
    about: 'One a batch of messages and one a page of history; those of its exporter are among them.',
    unit: '1/s',
    needs,
    lines: [{ expr: sumRate('mysql_global_status_queries'), name: 'statements', look: 'plain' }],
  },
  {
    title: 'Rows of InnoDB',
    about: 'By what was done to them; a message is a row.',
    unit: '1/s',
    needs,
    lines: [{ expr: sumRate('mysql_global_status_innodb_row_ops_total', of(), 'operation'), name: '{{operation}}' }],
  },
  {
    title: 'Redo log of MySQL',
    about: 'Each byte is fsynced before a commit is acknowledged.',
    unit: 'bytes/s',
    needs,
    lines: [{ expr: sumRate('mysql_global_status_innodb_os_log_written'), name: 'written', look: 'written' }],
  },
  {
    title: 'Writes of MySQL through to the disk, and its waits for row locks',
    about: 'The redo log once a group of commits, and all files; two persisters at once wait for each other.',
    unit: '1/s',
    needs,
    lines: [
      { expr: sumRate('mysql_global_status_innodb_os_log_fsyncs'), name: 'redo log', look: 'acked' },
      { expr: sumRate('mysql_global_status_innodb_data_fsyncs'), name: 'all files', look: 'delivered' },
      { expr: sumRate('mysql_global_status_innodb_row_lock_waits'), name: 'waits for locks', look: 'errors' },
    ],
  },
]
