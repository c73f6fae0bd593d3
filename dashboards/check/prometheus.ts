import type { Node } from './unitOf.ts'

/** What is asked of a Prometheus over its HTTP API. */

export interface Series {
  readonly labels: Readonly<Record<string, string>>
  /** `[Unix seconds, value]`, NaN included. */
  readonly points: readonly (readonly [number, number])[]
}

export interface TimeRange {
  readonly fromUnixMs: number
  readonly toUnixMs: number
}

/** Prometheus refused the query; its own words. */
export class QueryError extends Error {}

export class Prometheus {
  readonly #url: string

  constructor(url: string) {
    this.#url = url.replace(/\/$/, '')
  }

  async range(query: string, { fromUnixMs, toUnixMs }: TimeRange, stepS: number): Promise<readonly Series[]> {
    const { result } = await this.#ask<{ result: { metric: Record<string, string>; values: [number, string][] }[] }>(
      'query_range',
      { query, start: String(fromUnixMs / 1000), end: String(toUnixMs / 1000), step: String(stepS) },
    )
    return result.map(({ metric, values }) => ({
      labels: metric,
      points: values.map(([s, text]) => [s, Number(text)] as const),
    }))
  }

  /** The syntax tree of a query. Needs Prometheus 3. */
  parse(query: string): Promise<Node> {
    return this.#ask<Node>('parse_query', { query })
  }

  async #ask<T>(path: string, parameters: Record<string, string>): Promise<T> {
    const answer = await fetch(`${this.#url}/api/v1/${path}`, {
      method: 'POST',
      body: new URLSearchParams(parameters),
      signal: AbortSignal.timeout(30_000),
    })
    if (answer.status === 404) throw new Error(`${this.#url} knows no /api/v1/${path}: Prometheus 3 or newer is needed`)
    const body = (await answer.json()) as { status: string; data: T; error?: string }
    if (body.status !== 'success') throw new QueryError(body.error ?? `status ${answer.status}`)
    return body.data
  }
}
