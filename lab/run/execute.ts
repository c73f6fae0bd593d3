import type { Session, SessionOptions } from '../../compose/component.ts'
import { phaseSpans } from '../judge/phases.ts'
import { isStackBackend } from '../stack/options.ts'
import { type LiveView, plainView, terminalView } from './live.ts'
import type { FinishedRun } from './parts.ts'
import { referenceSystem } from './reference/system.ts'
import type { ResolvedRun } from './resolved.ts'
import { runLab } from './run.ts'
import { swarmSystem } from './swarm/system.ts'
import type { TargetSystem } from './target.ts'

/** What a command touches outside of itself. */
export interface Io {
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: NodeJS.WriteStream
  readonly env: Readonly<Record<string, string | undefined>>
  /** Calls back for each Ctrl-C; returns how to stop listening. */
  onInterrupt(listener: () => void): () => void
  readonly openSession: (options: SessionOptions) => Promise<Session>
  readonly target?: (session: Session, runId: string) => TargetSystem
}

/**
 * One run with its live view. The first interrupt ends the load and keeps what was measured, the second skips the rest.
 * Rejects as `runLab` does.
 */
export async function executeRun(run: ResolvedRun, runId: string, io: Io): Promise<FinishedRun> {
  const stop = new AbortController()
  const giveUp = new AbortController()
  const view = viewFor(run, io)
  const unlisten = io.onInterrupt(() => {
    if (stop.signal.aborted) {
      view.note('stopping at once: the rest is skipped')
      giveUp.abort()
    } else {
      view.note('stopping: what was measured is kept (again to skip the audit)')
      stop.abort()
    }
  })
  const target = io.target ?? ((session: Session) => systemFor(run, runId, session, { io, view, signal: stop.signal }))
  try {
    const parts = { openSession: io.openSession, target, view, stop: stop.signal, giveUp: giveUp.signal, env: io.env }
    return await runLab(run, runId, parts)
  } finally {
    view.close()
    unlisten()
  }
}

interface Around {
  readonly io: Io
  readonly view: LiveView
  readonly signal: AbortSignal
}

function systemFor(run: ResolvedRun, runId: string, session: Session, { io, view, signal }: Around): TargetSystem {
  if (run.runtime !== 'swarm' || !isStackBackend(run.backend)) return referenceSystem(session, { ...run, runId })
  return swarmSystem({
    ...run,
    runId,
    backend: run.backend,
    logDir: session.logDir,
    env: io.env,
    signal,
    onProgress: view.step,
  })
}

function viewFor(run: ResolvedRun, io: Io): LiveView {
  if (!io.stderr.isTTY) return plainView(io.stderr)
  return terminalView(
    io.stderr,
    phaseSpans(run.profile).map((span) => span.name),
  )
}
