import type { AuditOutcome, Reconciliation } from '../ledger/reconcile.ts'
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
