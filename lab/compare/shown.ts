import type { ComparisonMetric } from '../../reports/schema/comparison.ts'
import type { Metric, MetricUnit } from './metrics.ts'

/** A metric in the unit that the report prints it in. */
export interface Shown {
  readonly metric: Metric
  readonly row: ComparisonMetric
  /** Printed value / metric's value. */
  readonly factor: number
}

const units: Readonly<Record<MetricUnit, { readonly unit: ComparisonMetric['unit']; readonly factor: number }>> = {
  us: { unit: 'us', factor: 1 },
  msgPerS: { unit: 'perSecond', factor: 1 },
  s: { unit: 's', factor: 1 },
  messages: { unit: 'count', factor: 1 },
  cpuSeconds: { unit: 'msPerThousand', factor: 1_000 },
  memoryBytes: { unit: 'MiB', factor: 1 / (1024 * 1024) },
  bytes: { unit: 'bytesPerMessage', factor: 1 },
  calls: { unit: 'callsPerMessage', factor: 1 },
  ratio: { unit: 'ratio', factor: 1 },
  money: { unit: 'money', factor: 1 },
}

const groups: Readonly<Record<string, ComparisonMetric['group']>> = {
  delivery: 'latency',
  ack: 'latency',
  stored: 'latency',
  goodput: 'goodput',
  recovery: 'spike',
  backlog: 'spike',
  cpu: 'cost',
  memory: 'cost',
  written: 'cost',
  calls: 'cost',
  disk: 'cost',
  money: 'cost',
  reads: 'reads',
}

export function shownMetric(metric: Metric): Shown {
  const { unit, factor } = units[metric.unit]
  const [family = '', part = ''] = metric.id.split('/')
  const group = groups[family]
  if (group === undefined) throw new Error(`the report has no place for metric ${metric.id}`)
  const component = ['cpu', 'memory', 'written', 'calls'].includes(family) && part !== 'system' ? part : null
  const { id, title, better, primary } = metric
  return { metric, factor, row: { id, title, unit, better, primary, group, component } }
}

/** Null for a figure that there is none of, and for one that lies beyond what was observed. Six digits: a page has room for no more. */
export function shownValue({ factor }: Shown, value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number((value * factor).toPrecision(6))
}
