import type { Result } from '../../reports/schema/result.ts'
import type { Fleet } from '../../scenarios/plan.ts'
import { phaseSpans } from '../judge/phases.ts'
import { Reconciliation } from '../ledger/reconcile.ts'
import { assembleResult, type RunRecord } from './assemble.ts'
import { auditStore, countLogged } from './audit.ts'
import { phaseAt } from './events.ts'
import { type ExitWatch, exitText } from './exits.ts'
import { readGeneratorOutput } from './generator.ts'
import type { StorageMeter } from './storageMeter.ts'
import type { StoredMarkCollector } from './storedMarks.ts'
import type { RunningTarget } from './target.ts'

/** A run whose load is over and whose target has come to rest. */
export interface RunSoFar
  extends Pick<
    RunRecord,
    'run' | 'runId' | 'folder' | 'startUnixMs' | 'allowedCores' | 'events' | 'unstored' | 'problems'
  > {
  /** What the generator wrote. */
  readonly outDir: string
  readonly target: RunningTarget
  readonly fleet: Fleet
  /** Components that watched the run. */
  readonly watchers: RunRecord['components']
  readonly exits: ExitWatch
}

/** What was seen while the load ran. */
export interface Watched extends Pick<RunRecord, 'samples' | 'exitProblem' | 'reads' | 'coresSeen'> {
  readonly marks: StoredMarkCollector
  readonly storage: StorageMeter
  /** Seconds of the profile; null: to its end. */
  readonly stoppedAtS: number | null
}

/** Reads the store back, compares it with the ledger and judges. `audit` ends the reading of the store. */
export async function concludeRun(
  so: RunSoFar,
  { marks, storage, stoppedAtS, ...watched }: Watched,
  signals: { readonly stop: AbortSignal; readonly audit: AbortSignal },
): Promise<Result> {
  const { run, target, fleet, startUnixMs } = so
  const output = await readGeneratorOutput(so.outDir)
  marks.addTo(output.latency, startUnixMs)
  const book = output.ledger === null ? null : new Reconciliation(output.ledger, fleet.rooms, run.history)
  const audit =
    book === null
      ? { complete: false, reader: 'none', durationMs: 0, problem: 'there is no ledger to compare the store with' }
      : await auditStore(target, book, signals.audit)
  const logged = await countLogged(target, signals.audit)
  const disk = signals.stop.aborted ? null : await storage.after(run.compacted)
  const unplanned = await so.exits.described()
  for (const exit of unplanned) {
    const tS = (exit.atUnixMs - startUnixMs) / 1000
    const effect = exit.logLines.slice(-3).join(' | ')
    so.events.add({ tS, kind: 'exit', what: exitText(exit), effect, planned: false })
  }
  return assembleResult({
    ...so,
    ...watched,
    target: target.description,
    versions: target.versions,
    components: [...target.components, ...so.watchers],
    output,
    reconciled: book?.finish(output.sums, audit, logged) ?? null,
    audit,
    storage: disk,
    unplanned,
    interrupted:
      stoppedAtS === null
        ? null
        : { atS: Number(stoppedAtS.toFixed(1)), phase: phaseAt(phaseSpans(run.profile), stoppedAtS) },
  })
}
