import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { type LatencySeries, latencyHistogram } from '../latency-histogram.ts'

/** What a persister counts. */
export class PersisterMetrics {
  readonly lag: Gauge
  readonly persisted: Counter
  readonly refused: Counter
  readonly batchRows: Histogram
  /** From SEND read by a gateway to durable in the store. */
  readonly persist: LatencySeries

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
    this.persist = latencyHistogram(registry, {
      name: 'chat_persist_seconds',
      help: 'From SEND read to stored, beside the path of delivery',
    })
  }
}
