import { Counter, type Registry } from 'prom-client'
import type { App } from '../http/app.ts'
import { toChatError } from '../http/failures.ts'

export interface ApiMetrics {
  readonly accepted: Counter
}

/** Counts under the names that gateways use too, taken from the registry where one has made them already. */
export function apiMetrics(app: App, registry: Registry): ApiMetrics {
  const registers = [registry]
  const shared = (name: string, make: () => Counter) =>
    (registry.getSingleMetric(name) as Counter | undefined) ?? make()
  const accepted = shared('chat_accepted_total', () => {
    return new Counter({ name: 'chat_accepted_total', help: 'Messages that are durable', registers })
  })
  const refused = shared('chat_refused_total', () => {
    const help = 'Requests refused with a code'
    return new Counter({ name: 'chat_refused_total', help, labelNames: ['code'], registers })
  })
  app.addHook('onError', async (_request, _reply, error) => refused.labels(toChatError(error).code).inc())
  return { accepted }
}
