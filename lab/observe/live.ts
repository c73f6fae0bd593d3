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

const shownOfAStack = '15m'

/**
 * The chats that a Prometheus has watched in its last 15 minutes, by label `run`; each starts with its first sample of
 * that time. Rejects where no Prometheus answers.
 */
export async function watchedNow(url: string): Promise<LiveRun[]> {
  const scraped = 'timestamp(up{job="chat"})'
  // A chat that is up for less than a step has no point in the past yet.
  const query = `min by (run, backend) (min_over_time(${scraped}[${shownOfAStack}:5s]) or ${scraped})`
  const address = new URL(`/api/v1/query?${new URLSearchParams({ query })}`, url)
  const answer = await fetch(address, { signal: AbortSignal.timeout(5_000) })
  if (!answer.ok) throw new Error(`status ${answer.status}`)
  const { data } = (await answer.json()) as Answer
  return data.result.map(({ metric: { run = '', backend = '' }, value: [, unixS] }) => {
    return { run, backend, startUnixMs: Math.floor(Number(unixS) * 1000), url }
  })
}

interface Answer {
  readonly data: {
    readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[]
  }
}
