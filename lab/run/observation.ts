import type { Session } from '../../compose/component.ts'
import { phaseSpans } from '../judge/phases.ts'
import { Observer } from '../observe/observer.ts'
import type { LiveView } from './live.ts'
import type { ResolvedRun } from './resolved.ts'

export interface ObservedParts {
  readonly run: ResolvedRun
  readonly runId: string
  readonly backend: string
  readonly folder: string
  readonly session: Session
}

export interface ObserverBook {
  /** What went wrong and does not touch the verdict. */
  readonly problem: (text: string) => void
  readonly lost: (what: string) => void
}

/** Null where it is not wanted, and where Prometheus cannot be had: the run goes on, and its report says so. */
export async function observeRun(
  { run, runId, backend, folder, session }: ObservedParts,
  { view, stop }: { readonly view: LiveView; readonly stop: AbortSignal },
  book: ObserverBook,
): Promise<Observer | null> {
  if (!run.observe) return null
  try {
    return await Observer.start({
      session,
      observed: { run: runId, backend, runtime: run.runtime },
      watched: { spans: phaseSpans(run.profile), slos: run.slos, faults: run.faults },
      runFolder: folder,
      note: view.note,
      onLost: (how) => {
        const what = `Prometheus ended by itself (${how})`
        view.note(`${what}; the run goes on without it`)
        book.problem(`${what}: from then on the run was not observed`)
        book.lost(what)
      },
    })
  } catch (error) {
    if (stop.aborted) throw error
    const text = `the run is not observed: ${(error as Error).message}`
    view.note(text)
    book.problem(text)
    return null
  }
}
