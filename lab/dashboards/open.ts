import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError, type Session } from '../../compose/component.ts'
import { boards } from '../../dashboards/boards/index.ts'
import { builtFolder } from '../../dashboards/build.ts'
import { datasourceUid } from '../../dashboards/grafana/provisioning.ts'
import { startViewer, type ViewerRun } from '../../dashboards/viewer/server.ts'
import { exitCodes } from '../judge/verdict.ts'
import { type LiveRun, liveRun, liveRuns } from '../observe/live.ts'
import { serveSnapshots } from '../observe/snapshot.ts'
import type { Io } from '../run/execute.ts'
import { openFile } from '../run/openFile.ts'
import { readFinished } from './finished.ts'
import { linkTo, showInGrafana } from './grafanaApi.ts'
import { grafanaOnPath, startGrafana } from './grafanaServer.ts'
import { withSession } from './serve.ts'

export interface OpenParts {
  readonly folders: readonly string[]
  readonly browser: boolean
  readonly port: number
  readonly outDir: string
}

/** Serves until it is interrupted. Rejects with an EnvironmentError where there is nothing to show. */
export async function openCommand(parts: OpenParts, io: Io): Promise<number> {
  const stop = new AbortController()
  const interrupted = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()))
  const unlisten = io.onInterrupt(() => stop.abort(new Error('stopped by hand')))
  try {
    const folders = await choose(parts)
    await withSession(io, stop.signal, async (session) => {
      const runs = await runsOf(folders, session)
      const shown = await show(runs, session, parts, io)
      io.stdout.write(`${runs.map(({ id }) => id).join(', ')}: ${shown.url}\nCtrl-C ends it.\n`)
      if (parts.browser) openFile(shown.url)
      await interrupted
      await shown.close()
    })
    return exitCodes.INCOMPLETE
  } catch (error) {
    if (stop.signal.aborted) return exitCodes.INCOMPLETE
    throw error
  } finally {
    unlisten()
  }
}

interface Shown {
  readonly url: string
  close(): Promise<void>
}

/** In the Grafana that is named, in the one that is installed, or on a page of our own. */
async function show(runs: readonly ViewerRun[], session: Session, { port }: OpenParts, io: Io): Promise<Shown> {
  const built = await Promise.all(boards.map(({ uid }) => readFile(join(builtFolder, `${uid}.json`), 'utf8')))
  const { GRAFANA_URL: url, GRAFANA_TOKEN: token } = io.env
  if (url) return showInGrafana({ url, token }, runs, built)
  const program = grafanaOnPath(io.env)
  if (program === null) return startViewer({ runs, boards: built, port })
  const grafana = await startGrafana(session, program, io.env, runs[0]?.prometheusUrl ?? '')
  return { url: linkTo(grafana, datasourceUid, runs), close: async () => {} }
}

/** The folders that were named, or that of the run that is going on. */
async function choose({ folders, outDir }: OpenParts): Promise<readonly string[]> {
  if (folders.length > 0) return folders
  const [latest] = await liveRuns(outDir)
  if (latest) return [join(outDir, latest.run)]
  throw new EnvironmentError(
    'ENV-MISSING',
    'dashboards',
    `No run is going on below ${outDir}.`,
    'Name the folder of a finished run: npm run dashboards -- open runs/<id>',
  )
}

/** Live runs have a Prometheus already; finished ones get one that serves what they kept. */
async function runsOf(folders: readonly string[], session: Session): Promise<ViewerRun[]> {
  const live = await Promise.all(folders.map(liveRun))
  const going = live.filter((run) => run !== null).map(liveView)
  const kept = folders.filter((_, index) => live[index] === null)
  if (kept.length === 0) return going
  const finished = await Promise.all(kept.map(readFinished))
  const { url } = await serveSnapshots(kept, session)
  return [
    ...going,
    ...finished.map(({ runId, backend, outcome, fromUnixMs, toUnixMs }): ViewerRun => {
      return { id: runId, backend, outcome, fromUnixMs, toUnixMs, prometheusUrl: url }
    }),
  ]
}

const liveView = ({ run, backend, startUnixMs, url }: LiveRun): ViewerRun => {
  return { id: run, backend, outcome: null, fromUnixMs: startUnixMs, toUnixMs: null, prometheusUrl: url }
}
