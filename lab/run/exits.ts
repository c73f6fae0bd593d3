import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProcess } from '../../compose/component.ts'

/** A process of the target that ended without being told to. */
export interface UnplannedExit {
  readonly component: string
  readonly atUnixMs: number
  /** `exit code 1`, `signal SIGSEGV`. */
  readonly how: string
  /** Its last words; empty until they have been read (`ExitWatch.described`). */
  readonly logLines: readonly string[]
  /** Disks of components that were full at that moment: `the disk of kafka is full`; empty until they were looked at. */
  readonly fullDisks: readonly string[]
}

/** In one sentence without its full stop. */
export function exitText({ component, how, fullDisks }: UnplannedExit): string {
  const why = fullDisks.length === 0 ? '' : `: ${fullDisks.join(' and ')}`
  return `${component} ended by itself (${how})${why}`
}

export interface ExitWatchParts {
  /** Called at once, before the last words have been read. */
  readonly onExit: (exit: UnplannedExit) => void
  readonly fullDisks: () => Promise<readonly string[]>
}

/** Also 128 + signal, as shells and the JVM tell it. */
const isClean = (code: number | null, signal: NodeJS.Signals | null): boolean =>
  signal === null ? [0, 130, 143].includes(code ?? -1) : signal === 'SIGTERM' || signal === 'SIGINT'

/** Hears when processes end by themselves; what is stopped or killed on purpose is no news. */
export class ExitWatch {
  readonly unplanned: UnplannedExit[] = []
  readonly #parts: ExitWatchParts
  readonly #reading: Promise<void>[] = []
  readonly #first = Promise.withResolvers<void>()
  #stopping = false

  constructor(parts: ExitWatchParts) {
    this.#parts = parts
  }

  /** Aborted that long after the first exit: what ended may have been what others wait for. */
  hopeless(afterMs: number): AbortSignal {
    const over = new AbortController()
    void this.#first.promise.then(() => setTimeout(() => over.abort(), afterMs).unref())
    return over.signal
  }

  add(process: RunningProcess): void {
    void process.exited.then(({ code, signal, asked }) => {
      if (asked || (this.#stopping && isClean(code, signal))) return
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`
      this.#book(process, { component: process.name, atUnixMs: Date.now(), how })
    })
  }

  /** From now on the lab stops processes itself: a clean end is its own doing, a crash is still news. */
  stopping(): void {
    this.#stopping = true
  }

  /** The exits so far with their last words. */
  async described(): Promise<readonly UnplannedExit[]> {
    await Promise.all(this.#reading)
    return this.unplanned
  }

  /** A broken connection is often felt before the exit behind it is told: the first exit, waited for that long. */
  async first(withinMs = 500): Promise<UnplannedExit | null> {
    const told = new AbortController()
    const late = delay(withinMs, undefined, { signal: told.signal }).catch(() => undefined)
    await Promise.race([this.#first.promise, late])
    told.abort()
    return (await this.described())[0] ?? null
  }

  /** Booked at once: who looks for the cause of an error must find it before the log has been read. */
  #book(process: RunningProcess, exit: Omit<UnplannedExit, 'logLines' | 'fullDisks'>): void {
    const booked = { ...exit, logLines: [] as readonly string[], fullDisks: [] as readonly string[] }
    this.unplanned.push(booked)
    const nothing = () => []
    const found = [process.lastLogLines(10).catch(nothing), this.#parts.fullDisks().catch(nothing)] as const
    this.#reading.push(
      Promise.all(found).then(([logLines, fullDisks]) => void Object.assign(booked, { logLines, fullDisks })),
    )
    this.#first.resolve()
    this.#parts.onExit(booked)
  }
}
