import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EnvironmentError, type Session } from '../../compose/component.ts'
import { openSession } from '../../compose/native/session.ts'
import { type FinishedRun, readFinished } from '../../lab/dashboards/finished.ts'
import { serveSnapshots } from '../../lab/observe/snapshot.ts'
import { runLab } from '../../lab/run/run.ts'
import { reference, resolved, silentView } from './lab-run.ts'

/** A short real run on SQLite with its Prometheus data, served by a real Prometheus until it is closed. */
export interface ServedRun {
  readonly run: FinishedRun
  readonly prometheusUrl: string
  close(): Promise<void>
}

const load = ['--observe=on', '--profile=warm-up:1s@50,base:3s@150,hold:3s@150', '--users=40', '--room-size=4']

const signal = new AbortController().signal
const session = (runDir: string): Promise<Session> =>
  openSession({ runDir, signal, env: process.env, onProgress: () => {} })

/** Rejects with an EnvironmentError where the generator or Prometheus cannot be had. */
export async function servedRun(): Promise<ServedRun> {
  const outDir = await mkdtemp(join(tmpdir(), 'lab-served-'))
  const remove = () => rm(outDir, { recursive: true, force: true })
  try {
    const run = { ...resolved(...load), outDir }
    const parts = { openSession, view: silentView(), stop: signal, giveUp: signal, env: process.env }
    const { folder } = await runLab(run, 'dashboards-test', { ...parts, target: reference(run) })
    const serving = await session(join(outDir, 'serving'))
    const close = async () => {
      await serving.close()
      await remove()
    }
    const { url } = await serveSnapshots([folder], serving).catch(async (error) => {
      await serving.close()
      throw error
    })
    return { run: await readFinished(folder), prometheusUrl: url, close }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Why no run can be watched here, to skip by; null where one can. */
export async function whyUnwatched(): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-watch-'))
  const probing = await session(join(folder, 'probe'))
  try {
    await Promise.all([probing.prometheus(), probing.k6()])
    return null
  } catch (error) {
    if (error instanceof EnvironmentError) return error.message
    throw error
  } finally {
    await probing.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** The value of a native histogram is NaN: it is none. */
export type KeptSeries = { readonly metric: Readonly<Record<string, string>>; readonly value: number }

/** Asks the data that a run kept, as it was at the run's end. */
export async function askKept<Answer>(
  folder: string,
  use: (query: (expr: string) => Promise<KeptSeries[]>) => Promise<Answer>,
): Promise<Answer> {
  const runDir = await mkdtemp(join(tmpdir(), 'lab-kept-'))
  const serving = await session(runDir)
  try {
    const { url, runs } = await serveSnapshots([folder], serving)
    return await use(async (expr) => {
      const time = runs[0]!.endUnixMs / 1000
      const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query: expr, time: `${time}` })}`)
      const { data } = (await answer.json()) as {
        data: { result: { metric: KeptSeries['metric']; value?: [number, string] }[] }
      }
      return data.result.map(({ metric, value }) => ({ metric, value: Number(value?.[1]) }))
    })
  } finally {
    await serving.close()
    await rm(runDir, { recursive: true, force: true })
  }
}
