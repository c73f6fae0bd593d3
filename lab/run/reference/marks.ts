import type { RunningProcess } from '../../../compose/component.ts'
import type { SystemProcess } from './processes.ts'

type Mark = readonly [sentAtMs: number, storedAtMs: number]

const timeoutMs = 800

/** Follows the stored marks of one persister, from the first again after each start. */
export class MarkFeed {
  readonly #process: Pick<SystemProcess, 'running' | 'ready'>
  readonly #token: string
  #followed: RunningProcess | null = null
  #next = 0

  constructor(process: Pick<SystemProcess, 'running' | 'ready'>, token: string) {
    this.#process = process
    this.#token = token
  }

  /** Empty while it does not answer: what was not fetched is fetched the next time. */
  async fetch(): Promise<readonly Mark[]> {
    const { running } = this.#process
    if (running === null) return []
    if (running !== this.#followed) this.#next = 0
    this.#followed = running
    try {
      const address = `${this.#process.ready.internalUrl}/internal/stored-marks?from=${this.#next}`
      const headers = { authorization: `Bearer ${this.#token}` }
      const answer = await fetch(address, { headers, signal: AbortSignal.timeout(timeoutMs) })
      if (!answer.ok) return []
      const { marks, next } = (await answer.json()) as { marks: Mark[]; next: number }
      this.#next = next
      return marks
    } catch {
      return []
    }
  }
}
