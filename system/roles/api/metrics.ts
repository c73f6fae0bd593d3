import type { Counter, Registry } from 'prom-client'
import type { App } from '../http/app.ts'
import { toChatError } from '../http/failures.ts'
import { messageMetrics } from '../message-metrics.ts'

export interface ApiMetrics {
  readonly accepted: Counter
}

/** Counts what REST accepts and refuses. */
export function apiMetrics(app: App, registry: Registry): ApiMetrics {
  const refused = messageMetrics.refused(registry)
  app.addHook('onError', async (_request, _reply, error) => refused.labels(toChatError(error).code).inc())
  return { accepted: messageMetrics.accepted(registry) }
}
