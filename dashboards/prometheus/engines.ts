import type { MetricSource } from '../metrics/description.ts'
import { metrics } from '../metrics.ts'
import type { Discovery, ScrapeJob } from './config.ts'

/** Engines whose own figures are scraped, natively and in a stack: role of their targets, all of one job. */
export const scrapedEngines = ['kafka', 'mysql', 'postgres', 'cassandra', 'redis'] as const
export type ScrapedEngine = (typeof scrapedEngines)[number]

type Bounds = Pick<ScrapeJob, 'parameters' | 'names' | 'withoutLabels'>

/**
 * A JVM is asked for the metrics of the table alone: its agent has a hundred series more, and some of them stop every
 * thread to be counted. Exporters tell of paths on the machine and ids of a start, which nobody compares.
 */
const bounds: Readonly<Partial<Record<ScrapedEngine, Bounds>>> = {
  kafka: onlyFrom('kafka', 'jvm'),
  cassandra: onlyFrom('cassandra', 'jvm'),
  redis: {
    names:
      'redis_(up|blocked_clients|commands_.+|connected_clients|cpu_.+|evicted_.+|expired_.+|keyspace_.+|memory_.+|net_.+|pubsub_.+|rejected_.+)',
  },
  postgres: { names: 'pg_(up|stat_.+|wal_.+)', withoutLabels: 'server' },
}

function onlyFrom(...sources: readonly MetricSource[]): Bounds {
  return { parameters: { 'name[]': metrics.filter(({ source }) => sources.includes(source)).map(({ name }) => name) } }
}

export const engineJob = (engine: ScrapedEngine, discovery: Discovery): ScrapeJob => ({
  name: 'engine',
  role: engine,
  discovery,
  ...bounds[engine],
})
