import { Counter, Histogram, type Registry } from 'prom-client'

/** From half a millisecond to half a minute: an embedded store at rest, and a log that is far behind. */
const stageBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Metrics of messages that several roles count under: roles of one process share them through its registry. */
export const messageMetrics = {
  accepted: (registry: Registry): Counter =>
    shared(registry, 'chat_accepted_total', (name) => {
      return new Counter({ name, help: 'Messages that are durable', registers: [registry] })
    }),
  refused: (registry: Registry): Counter<'code'> =>
    shared(registry, 'chat_refused_total', (name) => {
      return new Counter({ name, help: 'Requests refused with a code', labelNames: ['code'], registers: [registry] })
    }),
  stages: (registry: Registry): Histogram<'stage'> =>
    shared(registry, 'chat_stage_seconds', (name) => {
      const help = 'Time a message spent in a stage of its path'
      return new Histogram({ name, help, labelNames: ['stage'], buckets: stageBuckets, registers: [registry] })
    }),
}

function shared<Metric>(registry: Registry, name: string, make: (name: string) => Metric): Metric {
  return (registry.getSingleMetric(name) as Metric | undefined) ?? make(name)
}
