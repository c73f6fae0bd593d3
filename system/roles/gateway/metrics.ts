import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ErrorCode } from '../../protocol/errors.ts'

/** From half a millisecond to half a minute: an embedded store at rest, and a log that is far behind. */
const stageBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/**
 * What gateways count. All gateways of a process share one set. Names that the API counts under too are taken
 * from the registry where it has made them already.
 */
export class GatewayMetrics {
  readonly connections: Gauge
  readonly framesIn: Counter
  readonly framesOut: Counter
  readonly accepted: Counter
  readonly slowConsumers: Counter
  readonly backPressure: Gauge
  /** SEND read to hand-over to the pipeline; hand-over to its answer; taken in anywhere to written to the sockets here. */
  readonly stages: Readonly<Record<'accept' | 'durable' | 'deliver', Histogram.Internal<'stage'>>>
  readonly #refused: Counter<'code'>
  /** A label is looked up once a code, not once a message. */
  readonly #refusedByCode = new Map<ErrorCode, Counter.Internal>()

  constructor(registry: Registry) {
    const registers = [registry]
    this.connections = new Gauge({ name: 'chat_connections', help: 'Open sockets', registers })
    this.framesIn = new Counter({ name: 'chat_frames_in_total', help: 'STOMP frames read', registers })
    this.framesOut = new Counter({ name: 'chat_frames_out_total', help: 'STOMP frames written', registers })
    this.slowConsumers = new Counter({
      name: 'chat_slow_consumer_total',
      help: 'Sockets closed because they read too slowly',
      registers,
    })
    this.backPressure = new Gauge({
      name: 'chat_backpressure_active',
      help: 'Gateways that read no more from senders until the durable step has caught up',
      registers,
    })
    this.accepted = sharedMetric(registry, 'chat_accepted_total', (name) => {
      return new Counter({ name, help: 'Messages that are durable', registers })
    })
    this.#refused = sharedMetric(registry, 'chat_refused_total', (name) => {
      return new Counter({ name, help: 'Requests refused with a code', labelNames: ['code'], registers })
    })
    const stages = sharedMetric(registry, 'chat_stage_seconds', (name) => {
      const help = 'Time a message spent in a stage of its path'
      return new Histogram({ name, help, labelNames: ['stage'], buckets: stageBuckets, registers })
    })
    this.stages = {
      accept: stages.labels('accept'),
      durable: stages.labels('durable'),
      deliver: stages.labels('deliver'),
    }
  }

  refused(code: ErrorCode): void {
    let child = this.#refusedByCode.get(code)
    if (child === undefined) {
      child = this.#refused.labels(code)
      this.#refusedByCode.set(code, child)
    }
    child.inc()
  }
}

const byRegistry = new WeakMap<Registry, GatewayMetrics>()

/** The one set of a registry: two gateways in a process count together. */
export function gatewayMetrics(registry: Registry): GatewayMetrics {
  let metrics = byRegistry.get(registry)
  if (metrics === undefined) {
    metrics = new GatewayMetrics(registry)
    byRegistry.set(registry, metrics)
  }
  return metrics
}

function sharedMetric<Metric>(registry: Registry, name: string, make: (name: string) => Metric): Metric {
  return (registry.getSingleMetric(name) as Metric | undefined) ?? make(name)
}
