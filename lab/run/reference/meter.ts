import type { Edition } from '../../../system/editions/edition.ts'
import { BacklogMeter, metricSum } from './metrics.ts'

/** What the metrics of all the system's processes say of it as a whole. */
export class SystemMeter {
  readonly #pipeline: Edition['pipeline']
  readonly #scrape: () => Promise<readonly (string | null)[]>
  readonly #backlog = new BacklogMeter()
  #texts: readonly string[] = []

  /** `scrape` asks every process for its metrics; null for one that does not answer. */
  constructor(pipeline: Edition['pipeline'], scrape: () => Promise<readonly (string | null)[]>) {
    this.#pipeline = pipeline
    this.#scrape = scrape
  }

  /** Messages accepted but not yet stored; null when nobody can say now. */
  async backlog(): Promise<number | null> {
    this.#texts = (await this.#scrape()).filter((text) => text !== null)
    if (this.#pipeline === 'store-first') return this.#sum('chat_pending')
    return this.#backlog.update(this.#sum('chat_persist_lag_messages'), this.#sum('chat_accepted_total'))
  }

  /** Largest event-loop p99 by the metrics that `backlog` has just read; null where unknown. */
  eventLoopP99Us(): number | null {
    const seconds = this.#values('nodejs_eventloop_lag_p99_seconds')
    return seconds.length === 0 ? null : Math.round(Math.max(...seconds) * 1e6)
  }

  #sum(name: string): number | null {
    const values = this.#values(name)
    return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0)
  }

  #values(name: string): number[] {
    return this.#texts.map((text) => metricSum(text, name)).filter((value) => value !== null)
  }
}
