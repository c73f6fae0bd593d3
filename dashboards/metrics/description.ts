/** What is said of a metric. */

/** A summary is what its sum and its count say: quantiles over processes cannot be made of others. */
export type MetricType = 'counter' | 'gauge' | 'histogram' | 'summary'
export type MetricUnit =
  | 'seconds'
  | 'bytes'
  | 'messages'
  | 'messages/s'
  | 'frames'
  | 'sockets'
  | 'rows'
  | 'blocks'
  | 'keys'
  | 'calls'
  | 'cores'
  | '1'

/**
 * Who exposes it. `chat` and `lab` are jobs, where roles that share a process share its page; the others are engines, of
 * job `engine`, and `jvm` is every engine that runs in one.
 */
export type MetricSource = 'chat' | 'lab' | 'kafka' | 'jvm' | 'cassandra' | 'mysql' | 'postgres' | 'redis'
export type ChatRole = 'gateway' | 'api' | 'persister' | 'relay'

export interface MetricDescription {
  readonly name: string
  readonly type: MetricType
  readonly unit: MetricUnit
  /** Its own labels and their values; null where the set is bounded by the code base (error codes, components). */
  readonly labels: Readonly<Record<string, readonly string[] | null>>
  readonly source: MetricSource
  /** For source `chat`: the roles whose process has it; all of them when absent. */
  readonly roles?: readonly ChatRole[]
  readonly meaning: string
}
