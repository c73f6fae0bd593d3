import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CheckedRun } from '../../dashboards/check/check.ts'
import { partsOf } from '../../dashboards/check/parts.ts'
import type { Result } from '../../reports/schema/result.ts'
import { readObserved } from '../observe/snapshot.ts'

/** A finished run with Prometheus data, as boards show it. */
export interface FinishedRun extends CheckedRun {
  readonly folder: string
  readonly outcome: string
}

/** Rejects with an EnvironmentError when the folder has no Prometheus data; a lost result.json is a plain error. */
export async function readFinished(folder: string): Promise<FinishedRun> {
  const observed = await readObserved(folder)
  const result = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8')) as Result
  return {
    folder,
    runId: observed.run,
    backend: observed.backend,
    outcome: result.verdict.outcome,
    // Seconds count from the start of the profile, as in the report; what came before was starting and seeding.
    fromUnixMs: Date.parse(result.run.startedAt),
    toUnixMs: observed.endUnixMs,
    parts: partsOf(result),
  }
}
