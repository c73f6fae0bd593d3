import { performance } from 'node:perf_hooks'
import { build } from 'hdr-histogram-js'
import { type ReadsResult, readKinds } from '../../reports/schema/result.ts'
import { quantilesOf } from '../judge/phases.ts'
import { sparse } from '../measure/intervals.ts'
import type { ReadClient } from './client.ts'
import { type PlannedRead, pageRows, type ReadKind, type ReadPlan } from './plan.ts'

/** From when it was due; what has no answer by then is an error, so no latency lies beyond the histogram. */
const patienceMs = 30_000

const histogram = () =>
  build({ lowestDiscernibleValue: 1, highestTrackableValue: 120_000_000, numberOfSignificantValueDigits: 3 })

class Tally {
  intended = 0
  readonly latency = histogram()
  readonly errors = new Map<string, number>()
}

/**
 * Reads history while the load runs, in the lab's own process: each read at its time, whether or not earlier ones were
 * answered, its latency counted from that time.
 */
export class HistoryReads {
  readonly #plan: ReadPlan
  readonly #perSecond: number
  readonly #client: Pick<ReadClient, 'ask' | 'close'>
  readonly #tallies = Object.fromEntries(readKinds.map((kind) => [kind, new Tally()])) as Record<ReadKind, Tally>
  readonly #lateness = histogram()
  readonly #underWay = new Set<Promise<void>>()
  #startUnixMs = 0
  #next = 0
  #timer: NodeJS.Timeout | null = null

  constructor(plan: ReadPlan, perSecond: number, client: Pick<ReadClient, 'ask' | 'close'>) {
    this.#plan = plan
    this.#perSecond = perSecond
    this.#client = client
  }

  /** Reads that were due before this call are left out: nobody could have sent them. */
  start(startUnixMs: number): void {
    this.#startUnixMs = startUnixMs
    const nowMs = this.#nowMs()
    while (this.#next < this.#plan.count && this.#plan.at(this.#next).dueMs < nowMs) this.#next++
    this.#sleep()
  }

  /** Sends nothing more and resolves when everything sent is answered or given up. */
  async finish(): Promise<ReadsResult> {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#next = this.#plan.count
    await Promise.all(this.#underWay)
    this.#client.close()
    const late = sparse(this.#lateness)
    return {
      perSecond: this.#perSecond,
      pageRows,
      kinds: readKinds.map((kind) => {
        const { intended, errors, latency } = this.#tallies[kind]
        const samples = sparse(latency)
        return {
          kind,
          intended,
          errors: [...errors].map(([code, count]) => ({ code, count })).sort((a, b) => b.count - a.count),
          latency: quantilesOf(samples, samples.total),
        }
      }),
      lateness: quantilesOf(late, late.total),
    }
  }

  /** On the profile's clock, with a resolution below a millisecond. */
  #nowMs(): number {
    return performance.timeOrigin + performance.now() - this.#startUnixMs
  }

  #sleep(): void {
    if (this.#next >= this.#plan.count) return
    const waitMs = this.#plan.at(this.#next).dueMs - this.#nowMs()
    this.#timer = setTimeout(() => this.#sendDue(), Math.max(0, Math.ceil(waitMs)))
  }

  #sendDue(): void {
    for (; this.#next < this.#plan.count; this.#next++) {
      const read = this.#plan.at(this.#next)
      const lateMs = this.#nowMs() - read.dueMs
      if (lateMs < 0) break
      this.#lateness.recordValue(asUs(lateMs))
      const sent = this.#send(read, lateMs).finally(() => this.#underWay.delete(sent))
      this.#underWay.add(sent)
    }
    this.#sleep()
  }

  async #send(read: PlannedRead, lateMs: number): Promise<void> {
    const tally = this.#tallies[read.kind]
    tally.intended++
    const error = await this.#client.ask(read, patienceMs - lateMs)
    if (error === null) tally.latency.recordValue(asUs(this.#nowMs() - read.dueMs))
    else tally.errors.set(error, (tally.errors.get(error) ?? 0) + 1)
  }
}

const asUs = (ms: number): number => Math.max(1, Math.round(ms * 1_000))
