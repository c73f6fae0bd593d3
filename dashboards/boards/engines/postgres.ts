import type { Panel } from '../../board.ts'
import { of, sumRate } from '../../query.ts'

const needs = ['figures of PostgreSQL'] as const

/** What the PostgreSQL below FerretDB says of itself, over all of its databases. */
export const postgresPanels: readonly Panel[] = [
  {
    title: 'Transactions of PostgreSQL',
    about: "Its own included; a rollback on FerretDB's side is an error.",
    unit: '1/s',
    needs,
    lines: [
      { expr: sumRate('pg_stat_database_xact_commit'), name: 'committed', look: 'acked' },
      { expr: sumRate('pg_stat_database_xact_rollback'), name: 'rolled back', look: 'errors' },
    ],
  },
  {
    title: 'Blocks of PostgreSQL',
    about: 'Found in shared buffers, or asked of the operating system, which may have them in its cache.',
    unit: '1/s',
    scale: 'log',
    needs,
    lines: [
      { expr: sumRate('pg_stat_database_blks_hit'), name: 'in shared buffers', look: 'acked' },
      { expr: sumRate('pg_stat_database_blks_read'), name: 'asked for', look: 'read' },
    ],
  },
  {
    title: 'Write-ahead log of PostgreSQL',
    about: 'Each byte is fsynced before a write is acknowledged.',
    unit: 'bytes/s',
    needs,
    lines: [{ expr: sumRate('pg_wal_written_bytes_total'), name: 'written', look: 'written' }],
  },
  {
    title: 'Checkpoints of PostgreSQL',
    about: 'Since its start: due by time, or asked for and due by WAL.',
    unit: 'count',
    needs,
    lines: [
      { expr: `sum(pg_stat_checkpointer_num_timed_total${of()})`, name: 'timed', look: 'acked' },
      { expr: `sum(pg_stat_checkpointer_num_requested_total${of()})`, name: 'requested', look: 'delivered' },
    ],
  },
  {
    title: 'Blocks that checkpoints of PostgreSQL cost',
    about: 'Written by the checkpoint, and then written whole into the WAL at their first change after it.',
    unit: '1/s',
    needs,
    lines: [
      { expr: sumRate('pg_stat_checkpointer_buffers_written_total'), name: 'written', look: 'written' },
      { expr: sumRate('pg_wal_full_pages_total'), name: 'whole in the WAL', look: 'backlog' },
    ],
  },
]
