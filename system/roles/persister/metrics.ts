import { Counter, Gauge, Histogram, type Registry } from 'prom-client'

/** The buckets every role gives `chat_stage_seconds`. */
const stageBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** What a persister counts. `chat_stage_seconds` is shared with the other roles of its process. */
export class PersisterMetrics {
  readonly lag: Gauge
  readonly persisted: Counter
  readonly refused: Counter
  readonly batchRows: Histogram
  /** Taken in by a gateway to durable in the store. */
  readonly persistSeconds: Histogram.Internal<'stage'>

  constructor(registry: Registry) {
    const registers = [registry]
    this.lag = new Gauge({
      name: 'chat_persist_lag_messages',
      help: 'Records of the message log that the persister has not committed',
      registers,
    })
    this.persisted = new Counter({ name: 'chat_persisted_total', help: 'Messages written to the store', registers })
    this.refused = new Counter({
      name: 'chat_persist_refused_total',
      help: 'Messages the store refused because their identity was stored under another seq',
      registers,
    })
    this.batchRows = new Histogram({
      name: 'chat_persist_batch_rows',
      help: 'Messages of one write to the store',
      buckets: [1, 2, 5, 10, 25, 50, 100, 200, 300, 400, 500, 1_000],
      registers,
    })
    const shared = registry.getSingleMetric('chat_stage_seconds') as Histogram<'stage'> | undefined
    const stages =
      shared ??
      new Histogram({
        name: 'chat_stage_seconds',
        help: 'Time a message spent in a stage of its path',
        labelNames: ['stage'],
        buckets: stageBuckets,
        registers,
      })
    this.persistSeconds = stages.labels('persist')
  }
}
