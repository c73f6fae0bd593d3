import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Counter, Gauge, Registry } from 'prom-client'
import type { MetricDescription } from '../../dashboards/metrics/description.ts'
import { metrics } from '../../dashboards/metrics.ts'

type Labels = Readonly<Record<string, string>>

/** What the lab itself exposes: the metrics of source `lab`, on a page of its own on loopback. */
export class Exposition {
  readonly #registry = new Registry()
  readonly #gauges = new Map<string, Gauge>()
  readonly #counters = new Map<string, Counter>()
  /** Totals told so far by series, for counters that come as totals. */
  readonly #totals = new Map<string, number>()
  #server: Server | undefined

  constructor() {
    for (const metric of metrics) if (metric.source === 'lab') this.#register(metric)
  }

  #register({ name, type, meaning, labels }: MetricDescription): void {
    const described = { name, help: meaning, labelNames: Object.keys(labels), registers: [this.#registry] }
    if (type === 'counter') this.#counters.set(name, new Counter(described))
    else {
      this.#gauges.set(name, new Gauge(described))
      // prom-client begins at 0, which nobody has measured: a full disk, for one.
      this.gauge(name, null)
    }
  }

  /** Null: nobody knows now, and the series ends until somebody does. */
  gauge(name: string, value: number | null, labels: Labels = {}): void {
    const gauge = this.#gauges.get(name)!
    if (value === null) gauge.remove(labels)
    else gauge.set(labels, value)
  }

  add(name: string, amount: number, labels: Labels = {}): void {
    this.#counters.get(name)!.inc(labels, amount)
  }

  /** Brings a counter to a total that never falls. */
  total(name: string, total: number | null, labels: Labels = {}): void {
    if (total === null) return
    const series = `${name} ${Object.values(labels).join(' ')}`
    const grown = total - (this.#totals.get(series) ?? 0)
    if (grown < 0) return
    this.#totals.set(series, total)
    this.add(name, grown, labels)
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  /** Resolves to `host:port`, where any path is the page. */
  async listen(): Promise<string> {
    const server = createServer(async (_request, response) => {
      response.setHeader('content-type', this.#registry.contentType)
      response.end(await this.text())
    })
    // A start that fails elsewhere leaves nobody to close it, and it must not keep the lab.
    this.#server = server.unref()
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, '127.0.0.1', resolve)
    })
    return `127.0.0.1:${(server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}
