import { metrics } from '../metrics.ts'
import type { Discovery, ScrapeJob } from './config.ts'

/** Engines whose own figures are scraped, natively and in a stack: role of their targets, all of one job. */
export const scrapedEngines = ['kafka', 'mysql', 'postgres', 'cassandra', 'redis'] as const
export type ScrapedEngine = (typeof scrapedEngines)[number]

/**
 * A JVM is asked for the metrics of the table alone: its agent has a hundred series more, and some of them stop every
 * thread to be counted.
 */
const namesOf: Readonly<Partial<Record<ScrapedEngine, readonly string[]>>> = {
  kafka: namesFrom('kafka', 'jvm'),
  cassandra: namesFrom('cassandra', 'jvm'),
}

function namesFrom(...sources: readonly string[]): string[] {
  return metrics.filter(({ source }) => sources.includes(source)).map(({ name }) => name)
}

export function engineJob(engine: ScrapedEngine, discovery: Discovery): ScrapeJob {
  const names = namesOf[engine]
  return { name: 'engine', role: engine, discovery, ...(names && { parameters: { 'name[]': names } }) }
}
