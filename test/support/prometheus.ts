/** Prometheus servers, and promtool, of a test file's own. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'
import { EnvironmentError, type Session } from '../../compose/component.ts'
import { openSession } from '../../compose/native/session.ts'
import { renderTargets, type ScrapeJob } from '../../dashboards/prometheus/config.ts'
import { startPrometheus } from '../../lab/observe/prometheus.ts'
import { skipOrFail } from './components.ts'

const run = promisify(execFile)
export const observed = { run: 'r1', backend: 'mysql', runtime: 'swarm' }
const withinMs = 20_000

/** An instant sample, its value as Prometheus writes it. */
export interface Found {
  readonly labels: Readonly<Record<string, string>>
  readonly value: string
}

/** To be called once a file: sets up before its tests and cleans up after them. */
export function observing() {
  let folder = ''
  let session: Session
  let promtool = ''
  let missing = ''
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chat-prometheus-'))
    const signal = new AbortController().signal
    session = await openSession({ runDir: folder, onProgress: () => {}, signal, env: process.env })
    try {
      promtool = (await session.prometheus()).promtool
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error
      missing = error.message
    }
  })
  after(async () => {
    await session.close()
    await rm(folder, { recursive: true, force: true })
  })
  const put = async (name: string, text: string): Promise<string> => {
    const file = join(folder, name)
    await writeFile(file, text)
    return file
  }
  return {
    isHere: (t: TestContext) =>
      missing === '' || skipOrFail(t, { available: false, name: 'prometheus', reason: missing }),
    /** Resolves to the address of a Prometheus that scrapes these once a second. */
    prometheus: async (name: string, jobs: readonly ScrapeJob[]): Promise<string> =>
      (await startPrometheus(session, name, { observed, jobs, tsdb: join(folder, `${name}-tsdb`) })).url,
    /** What promtool prints; rejects with its words when it objects. */
    tool: async (...args: string[]): Promise<string> => (await run(promtool, args)).stdout,
    /** A file of that name, all of them in one folder. */
    put,
    targetsFile: (name: string, address: string, role: string): Promise<string> =>
      put(`${name}.json`, renderTargets([{ address, role, instance: name }])),
    until,
  }
}

/** Polls until the answer is what is waited for; the last answer when it never is. */
async function until(url: string, query: string, isIt: (found: readonly Found[]) => boolean): Promise<Found[]> {
  for (const deadlineMs = Date.now() + withinMs; ; await delay(100)) {
    const answer = await fetch(`${url}/api/v1/query?${new URLSearchParams({ query })}`)
    const { data } = (await answer.json()) as {
      data: { result: { metric: Found['labels']; value: [number, string] }[] }
    }
    const found = data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value }))
    if (isIt(found) || Date.now() > deadlineMs) return found
  }
}
