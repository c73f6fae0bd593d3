import type { Pipeline } from '../../pipelines/pipeline.ts'
import type { GatewayMetrics } from './metrics.ts'

/** A sender, as far as back-pressure goes. */
export interface HeldReader {
  hold(reason: 'pressure'): void
  letGo(reason: 'pressure'): void
}

/**
 * Stops reading from senders while too many drafts wait for the durable step. Who only receives is read on.
 * A sender is held when its next bytes come, so the cost falls on those who go on sending.
 */
export class BackPressure {
  readonly #pipeline: Pipeline
  readonly #high: number
  readonly #low: number
  readonly #metrics: GatewayMetrics
  readonly #held = new Set<HeldReader>()
  #active = false

  constructor(pipeline: Pipeline, pendingHigh: number, pendingLow: number, metrics: GatewayMetrics) {
    this.#pipeline = pipeline
    this.#high = pendingHigh
    this.#low = pendingLow
    this.#metrics = metrics
  }

  get active(): boolean {
    return this.#active
  }

  /** Called after a draft was handed to the pipeline. */
  rise(): void {
    if (this.#active || this.#pipeline.pending < this.#high) return
    this.#active = true
    this.#metrics.backPressure.inc()
  }

  /** Called when drafts may have left the pipeline. */
  fall(): void {
    if (!this.#active || this.#pipeline.pending > this.#low) return
    this.#active = false
    this.#metrics.backPressure.dec()
    const held = [...this.#held]
    this.#held.clear()
    for (const connection of held) connection.letGo('pressure')
  }

  hold(connection: HeldReader): void {
    this.#held.add(connection)
    connection.hold('pressure')
  }

  forget(connection: HeldReader): void {
    this.#held.delete(connection)
  }

  /** Gives the gauge back when the gateway ends under pressure. */
  close(): void {
    if (this.#active) this.#metrics.backPressure.dec()
    this.#active = false
    this.#held.clear()
  }
}
