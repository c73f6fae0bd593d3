import type { Session } from '../../compose/component.ts'
import type { Sample } from '../measure/samples.ts'
import { labProcess } from './cores.ts'
import type { RunningTarget } from './target.ts'

/** Takes a sample at each full second of the profile's clock until it is stopped. */
export class Sampler {
  readonly samples: Sample[] = []
  readonly #session: Pick<Session, 'sample'>
  readonly #target: Pick<RunningTarget, 'backlog' | 'eventLoopP99Us'>
  readonly #onSample: (sample: Sample) => void
  readonly #onProblem: (text: string) => void
  #timer: NodeJS.Timeout | null = null
  #startUnixMs = 0
  #failed = false

  /** `onProblem` hears of the first sample that could not be taken; each of them is a gap in the series. */
  constructor(
    session: Pick<Session, 'sample'>,
    target: Pick<RunningTarget, 'backlog' | 'eventLoopP99Us'>,
    onSample: (sample: Sample) => void,
    onProblem: (text: string) => void,
  ) {
    this.#session = session
    this.#target = target
    this.#onSample = onSample
    this.#onProblem = onProblem
  }

  start(startUnixMs: number): void {
    this.#startUnixMs = startUnixMs
    this.#schedule()
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
  }

  #schedule(): void {
    const sinceStartMs = Date.now() - this.#startUnixMs
    // A timer may fire a little early; the border it was meant for must not get a second sample.
    const waitMs = 1000 - ((((sinceStartMs + 20) % 1000) + 1000) % 1000) + 20
    this.#timer = setTimeout(() => {
      void this.take()
      this.#schedule()
    }, waitMs)
  }

  /** One sample now. Never rejects: a run goes on without a sample. */
  async take(): Promise<void> {
    try {
      const sample = await this.#measure()
      this.samples.push(sample)
      this.#onSample(sample)
    } catch (error) {
      if (!this.#failed) this.#onProblem(`a sample of CPU and backlog could not be taken: ${(error as Error).message}`)
      this.#failed = true
    }
  }

  async #measure(): Promise<Sample> {
    const { machine, processes } = this.#session.sample()
    const atS = (machine.atMs - this.#startUnixMs) / 1000
    const backlog = await this.#target.backlog()
    const eventLoopP99Us = await this.#target.eventLoopP99Us()
    return { atS, machine, processes: withLab(machine.atMs, processes), backlog, eventLoopP99Us }
  }
}

function withLab(atMs: number, processes: Sample['processes']): Sample['processes'] {
  const { user, system } = process.cpuUsage()
  const own = {
    atMs,
    cpuSeconds: (user + system) / 1e6,
    residentBytes: process.memoryUsage.rss(),
    readBytes: null,
    writtenBytes: null,
    writeCalls: null,
  }
  return new Map([...processes, [labProcess, own]])
}
