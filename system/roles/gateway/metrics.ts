import { Counter, Gauge, type Histogram, type Registry } from 'prom-client'
import type { ErrorCode } from '../../protocol/errors.ts'
import { messageMetrics } from '../message-metrics.ts'

/** What gateways count. All gateways of a process share one set. */
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
    this.accepted = messageMetrics.accepted(registry)
    this.#refused = messageMetrics.refused(registry)
    const stages = messageMetrics.stages(registry)
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
