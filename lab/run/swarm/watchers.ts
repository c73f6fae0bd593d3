import { prometheusName } from '../../../compose/stack/services/prometheus.ts'
import { redisExporterName } from '../../../compose/stack/services/redis-exporter.ts'

/** Services that watch the others, with their names in a run, where the lab has a Prometheus of its own: no cost of the chat. */
export const watchers: ReadonlyMap<string, string> = new Map([
  [prometheusName, 'stack-prometheus'],
  [redisExporterName, redisExporterName],
])

export const nameInRun = (service: string): string => watchers.get(service) ?? service
