import { Counter, type Registry } from 'prom-client'

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
}

function shared<Metric>(registry: Registry, name: string, make: (name: string) => Metric): Metric {
  return (registry.getSingleMetric(name) as Metric | undefined) ?? make(name)
}
