import type { RunningProcess } from '../../compose/component.ts'

/** A process of the target that ended without being told to. */
export interface UnplannedExit {
  readonly component: string
  readonly atUnixMs: number
  /** `exit code 1`, `signal SIGSEGV`. */
  readonly how: string
  readonly logLines: readonly string[]
}

/** Hears when processes end by themselves; what is stopped or killed on purpose is no news. */
export class ExitWatch {
  readonly unplanned: UnplannedExit[] = []
  readonly #onExit: (exit: UnplannedExit) => void

  constructor(onExit: (exit: UnplannedExit) => void) {
    this.#onExit = onExit
  }

  add(process: RunningProcess): void {
    void process.exited.then(async ({ code, signal, asked }) => {
      if (asked) return
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`
      const atUnixMs = Date.now()
      const exit = { component: process.name, atUnixMs, how, logLines: await process.lastLogLines(10) }
      this.unplanned.push(exit)
      this.#onExit(exit)
    })
  }
}
