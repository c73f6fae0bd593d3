import { Counter, type Registry } from 'prom-client'
import { cacheOutcomes } from '../../caches/pages.ts'
import type { App } from '../http/app.ts'
import { toChatError } from '../http/failures.ts'
import { messageMetrics } from '../message-metrics.ts'

export interface ApiMetrics {
  readonly accepted: Counter
  /** First pages of history by where they came from: a miss and a failure are the store's. */
  readonly cacheReads: Counter<'outcome'>
}

/** Counts what REST accepts and refuses. */
export function apiMetrics(app: App, registry: Registry): ApiMetrics {
  const refused = messageMetrics.refused(registry)
  app.addHook('onError', async (_request, _reply, error) => refused.labels(toChatError(error).code).inc())
  const cacheReads = new Counter({
    name: 'chat_cache_reads_total',
    help: 'First pages of history asked of the cache',
    labelNames: ['outcome'],
    registers: [registry],
  })
  // A counter that is there from the start has a rate from the first read on.
  for (const outcome of cacheOutcomes) cacheReads.inc({ outcome }, 0)
  return { accepted: messageMetrics.accepted(registry), cacheReads }
}
