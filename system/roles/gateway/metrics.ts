import { Counter, Gauge, type Registry } from 'prom-client'
import type { ErrorCode } from '../../protocol/errors.ts'
import { type LatencySeries, latencyHistogram, latencyHistograms } from '../latency-histogram.ts'
import { messageMetrics } from '../message-metrics.ts'

/** What gateways count. All gateways of a process share one set. */
export class GatewayMetrics {
  readonly connections: Gauge
  readonly framesIn: Counter
  readonly framesOut: Counter
  readonly accepted: Counter
  readonly slowConsumers: Counter
  readonly backPressure: Gauge
  readonly accept: LatencySeries
  readonly ack: LatencySeries
  /** The parts of `delivery`. */
  readonly stages: Readonly<Record<'durable' | 'fanout' | 'write', LatencySeries>>
  readonly delivery: LatencySeries
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
    this.accept = latencyHistogram(registry, {
      name: 'chat_accept_seconds',
      help: 'From SEND read to handed to the durable step',
    })
    this.ack = latencyHistogram(registry, { name: 'chat_ack_seconds', help: 'From SEND read to its answer' })
    const stages = { name: 'chat_stage_seconds', help: 'Stages of the path of a delivered message; they add up to it' }
    this.stages = latencyHistograms(registry, stages, 'stage', ['durable', 'fanout', 'write'])
    this.delivery = latencyHistogram(registry, {
      name: 'chat_delivery_seconds',
      help: 'The path of a delivered message, from SEND read to written to the sockets here',
    })
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
