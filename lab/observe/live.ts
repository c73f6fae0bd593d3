import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the Prometheus of a run that is going on answers: `<run>/prometheus/live.json`, gone when the run is over. */
export interface LiveRun {
  readonly run: string
  readonly backend: string
  readonly startUnixMs: number
  readonly url: string
}

const fileOf = (runFolder: string) => join(runFolder, 'prometheus', 'live.json')

export async function tellLive(runFolder: string, live: LiveRun): Promise<void> {
  await mkdir(join(runFolder, 'prometheus'), { recursive: true })
  await writeFile(fileOf(runFolder), JSON.stringify(live))
}

export const untellLive = (runFolder: string): Promise<void> => rm(fileOf(runFolder), { force: true })

/** The run of that folder, when its Prometheus answers for it: what a killed lab left behind is no live run. */
export async function liveRun(runFolder: string): Promise<LiveRun | null> {
  const text = await readFile(fileOf(runFolder), 'utf8').catch(() => null)
  if (text === null) return null
  const live = JSON.parse(text) as LiveRun
  const query = new URLSearchParams({ query: `up{run="${live.run}"}` })
  const answer = await fetch(`${live.url}/api/v1/query?${query}`, { signal: AbortSignal.timeout(2_000) })
    .then((got) => got.json() as Promise<{ data?: { result: unknown[] } }>)
    .catch(() => null)
  return answer?.data && answer.data.result.length > 0 ? live : null
}

/** All runs that are going on below the folder, the latest first. */
export async function liveRuns(outDir: string): Promise<LiveRun[]> {
  const names = await readdir(outDir).catch(() => [])
  const found = await Promise.all(names.map((name) => liveRun(join(outDir, name))))
  return found.filter((live) => live !== null).sort((a, b) => b.startUnixMs - a.startUnixMs)
}
