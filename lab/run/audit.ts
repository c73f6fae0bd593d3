import type { AuditOutcome, LogCount, Reconciliation } from '../ledger/reconcile.ts'
import type { RunningTarget } from './target.ts'

/** Reads the store back whole into `book`. Never rejects: what went wrong is in the outcome. */
export async function auditStore(
  target: Pick<RunningTarget, 'openAudit'>,
  book: Pick<Reconciliation, 'add'>,
  signal: AbortSignal,
): Promise<AuditOutcome> {
  const startedMs = Date.now()
  let reader = 'none'
  const outcome = (problem: string | null): AuditOutcome => ({
    complete: problem === null,
    reader,
    durationMs: Date.now() - startedMs,
    problem,
  })
  try {
    signal.throwIfAborted()
    const store = await target.openAudit()
    try {
      reader = store.name
      await store.read((rows) => book.add(rows), signal)
    } finally {
      await store.close()
    }
    return outcome(null)
  } catch (error) {
    return outcome(error instanceof Error ? error.message : String(error))
  }
}

/** Asks the target's log how many records it holds of this run. Never rejects: a failure is in the note. */
export async function countLogged(target: Pick<RunningTarget, 'logged'>, signal: AbortSignal): Promise<LogCount> {
  if (target.logged === undefined) return { count: null, note: 'no log in this edition: the store is what is durable' }
  try {
    signal.throwIfAborted()
    const count = await target.logged()
    return { count, note: 'records in the log by its end offsets; a message sent again counts again' }
  } catch (error) {
    return { count: null, note: `not known: ${error instanceof Error ? error.message : String(error)}` }
  }
}
