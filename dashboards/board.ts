import type { LookName } from './palette.ts'

/** What a board says, before it is made Grafana's JSON: one unit a panel, each panel with the parts it needs. */

/** The units of panels; each is one of Grafana's (`grafanaUnits`), and `check` derives that of a query from its metrics. */
export type UnitName = 'seconds' | 'bytes' | 'bytes/s' | 'ratio' | 'cores' | '1/s' | 'messages/s' | 'count'

export const grafanaUnits: Readonly<Record<UnitName, string>> = {
  seconds: 's',
  bytes: 'bytes',
  'bytes/s': 'Bps',
  ratio: 'percentunit',
  cores: 'suffix: cores',
  '1/s': 'cps',
  'messages/s': 'mps',
  count: 'short',
}

/** Parts that a run has or has not: a panel that needs a missing one is not applicable there. */
export const parts = {
  log: 'a message log (Kafka); the sqlite edition has none',
  persister: 'a persister of its own; the sqlite edition writes in its gateway',
  redis: 'Redis as the fan-out',
  'several gateways': 'more than one process with gateways',
  'store server': 'a store in a process of its own; SQLite works inside the system',
  'figures of Kafka': 'a native Kafka of its own, which exposes its figures',
  'figures of MySQL': 'a MySQL of its own, which is asked for its figures',
  'figures of Cassandra': 'a native Cassandra of its own, which exposes its figures',
  'figures of PostgreSQL': 'a native FerretDB of its own, whose PostgreSQL is asked for its figures',
  'figures of Redis': 'a Redis of its own, which is asked for its figures',
} as const
export type Part = keyof typeof parts

export interface Line {
  readonly expr: string
  /** A look's name, or a text with labels in Grafana's form: `{{instance}}`. */
  readonly name: string
  readonly look?: LookName
  /** When nothing to draw is a good answer, too: `when nothing was refused`. */
  readonly mayBeEmpty?: string
}

export interface Panel {
  readonly title: string
  /** What is drawn and how to read it. */
  readonly about: string
  readonly unit: UnitName
  readonly lines: readonly Line[]
  readonly needs?: readonly Part[]
  readonly scale?: 'linear' | 'log'
  /** Only for parts of one sum. */
  readonly stacked?: true
  /** Grid columns of 24; half the width by default. */
  readonly columns?: 8 | 12 | 24
}

export interface Board {
  readonly uid: string
  readonly title: string
  readonly about: string
  /** Several values of the variable `run` at once. */
  readonly manyRuns?: true
  readonly panels: readonly Panel[]
}
