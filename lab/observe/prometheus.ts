import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { RunningProcess, Session } from '../../compose/component.ts'
import { freePorts } from '../../compose/native/ports.ts'
import { type PrometheusSpec, renderPrometheusConfig } from '../../dashboards/prometheus/config.ts'
import { nativeHistograms } from '../../dashboards/prometheus/native.ts'

export interface PrometheusSetup extends Omit<PrometheusSpec, 'version'> {
  /** Folder of the time series database, made when it is missing. */
  readonly tsdb: string
}

/** A Prometheus on loopback. */
export interface RunningPrometheus {
  readonly url: string
  readonly version: string
  readonly process: RunningProcess
}

/** Longer than any run folder is kept: what is served again must not be dropped for its age. */
const retention = '100y'
const pollMs = 50

/** Rejects with an EnvironmentError where Prometheus cannot be had or does not start. */
export async function startPrometheus(
  session: Session,
  name: string,
  { tsdb, ...spec }: PrometheusSetup,
): Promise<RunningPrometheus> {
  const { prometheus, version } = await session.prometheus()
  const folder = join(session.dataDir, name)
  await mkdir(tsdb, { recursive: true })
  await mkdir(folder, { recursive: true })
  const configFile = join(folder, 'prometheus.yml')
  await writeFile(configFile, renderPrometheusConfig({ ...spec, version }))
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  const running = await session.spawn({
    name,
    command: prometheus,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${tsdb}`,
      `--storage.tsdb.retention.time=${retention}`,
      `--web.listen-address=127.0.0.1:${port}`,
      // Snapshots are asked for there; like everything of a run it listens on loopback only.
      '--web.enable-admin-api',
      '--log.level=warn',
      ...nativeHistograms(version).flags,
    ],
    // One thread at a time is plenty for a few hundred series, and the load keeps the other cores.
    env: { GOMAXPROCS: '1' },
    readyTimeoutMs: 30_000,
    ready: (_process, signal) => answers(`${url}/-/ready`, signal),
  })
  return { url, version, process: running }
}

interface ActiveTargets {
  readonly data: { readonly activeTargets: readonly { readonly lastScrape: string }[] }
}

/** Resolves when every target was scraped after the call, or after `maxMs`: one that is gone never is. */
export async function scrapedOnce(url: string, maxMs: number): Promise<void> {
  const sinceMs = Date.now()
  const signal = AbortSignal.timeout(maxMs)
  try {
    for (;;) {
      const { data } = (await (await fetch(`${url}/api/v1/targets?state=active`, { signal })).json()) as ActiveTargets
      if (data.activeTargets.every(({ lastScrape }) => Date.parse(lastScrape) > sinceMs)) return
      await delay(pollMs, undefined, { signal })
    }
  } catch {
    // Late or gone: what it has is what can be kept.
  }
}

/** How many scrapes of a job failed, of a Prometheus that scrapes once a second. Rejects when it does not answer. */
export async function missedScrapes(url: string, job: string): Promise<number> {
  const query = new URLSearchParams({
    query: `sum(count_over_time(up{job="${job}"}[1d]) - sum_over_time(up{job="${job}"}[1d]))`,
  })
  const answer = await fetch(`${url}/api/v1/query?${query}`, { signal: AbortSignal.timeout(5_000) })
  const { data } = (await answer.json()) as {
    data: { result: readonly { readonly value: readonly [number, string] }[] }
  }
  return Number(data.result[0]?.value[1] ?? 0)
}

async function answers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const answer = await fetch(url, { signal }).catch(() => null)
    if (answer?.ok) return
    await delay(pollMs, undefined, { signal })
  }
}
