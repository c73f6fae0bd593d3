import { randomBytes } from 'node:crypto'
import type { Board } from '../../dashboards/board.ts'
import { boards as allBoards } from '../../dashboards/boards/index.ts'
import { type CheckResult, checkBoards, type Finding } from '../../dashboards/check/check.ts'
import { Prometheus } from '../../dashboards/check/prometheus.ts'
import { smoke } from '../../scenarios/definitions/smoke.ts'
import { exitCodes } from '../judge/verdict.ts'
import { serveSnapshots } from '../observe/snapshot.ts'
import { executeRun, type Io } from '../run/execute.ts'
import { resolveRun } from '../run/options.ts'
import { type FinishedRun, readFinished } from './finished.ts'
import { withSession } from './serve.ts'

/** One without Kafka and persister, one with both: together they have every panel's part but Redis. */
const ownRuns = ['sqlite', 'mongo'] as const

export interface CheckParts {
  readonly folders: readonly string[]
  readonly outDir: string
  readonly boards?: readonly Board[]
}

/** Resolves to the exit code. Rejects with an EnvironmentError where a run or Prometheus cannot be had. */
export async function checkCommand({ folders, outDir, boards = allBoards }: CheckParts, io: Io): Promise<number> {
  const checked = folders.length > 0 ? folders : await makeRuns(outDir, io)
  const stop = new AbortController()
  const unlisten = io.onInterrupt(() => stop.abort(new Error('stopped by hand')))
  try {
    const results: CheckResult[] = []
    for (const folder of checked) {
      const run = await readFinished(folder)
      const result = await withSession(io, stop.signal, async (session) => {
        const { url } = await serveSnapshots([folder], session)
        return checkBoards(boards, run, new Prometheus(url))
      })
      io.stdout.write(reportText(run, result))
      results.push(result)
    }
    return results.every(({ problems }) => problems.length === 0) ? exitCodes.PASS : exitCodes.FAIL
  } finally {
    unlisten()
  }
}

/** Short runs of both kinds; their verdict does not matter here, their data does. */
async function makeRuns(outDir: string, io: Io): Promise<string[]> {
  const folders: string[] = []
  for (const backend of ownRuns) {
    const command = resolveRun(smoke, [`--backend=${backend}`, '--noisy-ok', `--out=${outDir}`, '--observe=on'])
    if (command.kind !== 'run') throw new Error('the options of the check are no options of a run')
    io.stderr.write(`a short run on ${backend} to check against\n`)
    const runId = `check-${backend}-${randomBytes(3).toString('hex')}`
    folders.push((await executeRun(command.run, runId, io)).folder)
  }
  return folders
}

function reportText(run: FinishedRun, { queries, problems, notApplicable, emptyIsFine }: CheckResult): string {
  const line = ({ board, panel, query, reason }: Finding) =>
    `  ${board} > ${panel}: ${reason}${query === null ? '' : `\n      ${query}`}\n`
  const list = (title: string, findings: readonly Finding[]) =>
    findings.length === 0 ? '' : `${title}\n${findings.map(line).join('')}`
  return [
    `\n${run.runId} (${run.backend}, ${run.outcome}): ${queries} queries, ${problems.length} problems\n`,
    list('Wrong:', problems),
    list('Not applicable to this run:', notApplicable),
    list('Empty, which is an answer:', emptyIsFine),
  ].join('')
}
