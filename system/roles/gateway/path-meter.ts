import type { ChatMessage } from '../../protocol/message.ts'
import type { GatewayMetrics } from './metrics.ts'

/**
 * Times the path of each delivered message: read, durable, picked up here, written here. The first two stamps come with
 * the message, in whole milliseconds of the wall clock of the processes that set them. What this process times alone is
 * timed by the monotonic clock. The whole is timed on its own, by the wall clock at both ends.
 */
export class PathMeter {
  readonly #metrics: Pick<GatewayMetrics, 'stages' | 'delivery'>
  #pickedUpMs = 0
  #pickedUpUnixMs = 0
  /** Of the messages that wait for the end of the turn. */
  #acceptedAtMs: number[] = []
  #pickUpsMs: number[] = []

  constructor(metrics: Pick<GatewayMetrics, 'stages' | 'delivery'>) {
    this.#metrics = metrics
  }

  /** A batch has come: one look at the clocks for all its messages. */
  pickUp(): void {
    this.#pickedUpMs = performance.now()
    this.#pickedUpUnixMs = Date.now()
  }

  /** A message of the batch goes to sockets of this gateway. */
  add({ acceptedAtMs, durableAtMs = this.#pickedUpUnixMs }: ChatMessage): void {
    const { durable, fanout } = this.#metrics.stages
    // Stamps out of order (clocks of two hosts) move between the parts; what they add up to stays.
    const acceptedMs = Math.min(acceptedAtMs, this.#pickedUpUnixMs)
    const durableMs = Math.min(Math.max(durableAtMs, acceptedMs), this.#pickedUpUnixMs)
    durable.observeMs(durableMs - acceptedMs)
    fanout.observeMs(this.#pickedUpUnixMs - durableMs)
    this.#acceptedAtMs.push(acceptedMs)
    this.#pickUpsMs.push(this.#pickedUpMs)
  }

  /** Everything added so far is with the kernel. */
  written(): void {
    if (this.#acceptedAtMs.length === 0) return
    const { stages, delivery } = this.#metrics
    const nowMs = performance.now()
    const nowUnixMs = Date.now()
    for (const pickedUpMs of this.#pickUpsMs) stages.write.observeMs(nowMs - pickedUpMs)
    for (const acceptedAtMs of this.#acceptedAtMs) delivery.observeMs(nowUnixMs - acceptedAtMs)
    this.#acceptedAtMs = []
    this.#pickUpsMs = []
  }
}
