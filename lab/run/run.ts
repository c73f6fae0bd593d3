import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { EnvironmentError } from '../../compose/component.ts'
import { LabRun } from './labRun.ts'
import { type FinishedRun, type LabParts, StoppedBeforeLoad } from './parts.ts'
import { Placement } from './placement.ts'
import type { ResolvedRun } from './resolved.ts'
import { containerChoice } from './runtime.ts'

/**
 * Provision, start, seed, load, drain, audit, judge, report, tear down. Whatever happens, nothing it started is left
 * running. Rejects with EnvironmentError when a component cannot be had, with StoppedBeforeLoad when stopped early.
 */
export async function runLab(run: ResolvedRun, runId: string, given: LabParts): Promise<FinishedRun> {
  const folder = resolve(run.outDir, runId)
  const parts = { ...given, stop: AbortSignal.any([given.stop, given.giveUp]) }
  await makeFolder(join(folder, 'generator-0'))
  const starting = new AbortController()
  let loading = false
  const abortStart = () => starting.abort(new StoppedBeforeLoad('stopped before the first message'))
  parts.stop.addEventListener('abort', abortStart)
  // Once there is load, what starts is what a fault had killed: only giving up ends that.
  parts.giveUp.addEventListener('abort', () => loading && starting.abort(new Error('given up')))
  const placement = new Placement(run, parts.env)
  const session = await parts.openSession({
    runDir: folder,
    onProgress: parts.view.progress,
    signal: starting.signal,
    env: parts.env,
    ...placement.sessionOptions,
    containers: containerChoice(run),
    withFigures: run.observe,
  })
  try {
    return await new LabRun(run, runId, folder, session, parts, placement).execute(() => {
      loading = true
      parts.stop.removeEventListener('abort', abortStart)
    })
  } catch (error) {
    if (loading || !starting.signal.aborted) throw error
    throw new StoppedBeforeLoad('stopped before the first message', { cause: error })
  } finally {
    await session.close()
  }
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true })
  } catch (error) {
    const text = `the run folder cannot be made: ${(error as Error).message}`
    throw new EnvironmentError('ENV-DISK', 'run folder', text, 'Free some space, or name a writable folder with --out.')
  }
}
