/** What a run calls the services of its stack. */
import { brokerCounts } from '../../../compose/stack/options.ts'
import { brokerNames } from '../../../compose/stack/services/kafka.ts'
import { mysqlExporterName } from '../../../compose/stack/services/mysql-exporter.ts'
import { prometheusName } from '../../../compose/stack/services/prometheus.ts'
import { redisExporterName } from '../../../compose/stack/services/redis-exporter.ts'

/** Services that watch the others, by their names; the lab has a Prometheus of its own. No cost of the chat. */
export const watchers: ReadonlyMap<string, string> = new Map([
  [prometheusName, 'stack-prometheus'],
  [mysqlExporterName, mysqlExporterName],
  [redisExporterName, redisExporterName],
])

/** One component, however many brokers it is made of. */
export const kafkaInRun = 'kafka'
const brokers = new Set(brokerCounts.flatMap(brokerNames))

/** The component that a service is, or is a part of. */
export const nameInRun = (service: string): string =>
  brokers.has(service) ? kafkaInRun : (watchers.get(service) ?? service)
