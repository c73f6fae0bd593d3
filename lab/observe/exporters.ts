import { setTimeout as delay } from 'node:timers/promises'
import type { ExportedEngine, RunningProcess, Session } from '../../compose/component.ts'
import { freePorts } from '../../compose/native/ports.ts'
import type { ScrapeTarget } from '../../dashboards/prometheus/config.ts'
import type { MeasuredComponent } from '../judge/resources.ts'

/** An engine of ours that has an exporter. */
export interface ExportedEngineAt {
  readonly engine: ExportedEngine
  /** With the credentials of the run. */
  readonly url: string
}

export interface RunningExporter {
  readonly component: MeasuredComponent
  readonly target: ScrapeTarget
  readonly process: RunningProcess
}

interface Command {
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** Only what one statement tells: the engine is under load, and what asks it takes part in the load. */
const commands: Readonly<Record<ExportedEngine, (url: URL) => Command>> = {
  mysql: ({ host, username, password }) => ({
    args: [
      `--mysqld.address=${host}`,
      `--mysqld.username=${username}`,
      '--no-collect.slave_status',
      '--no-collect.global_variables',
      '--no-collect.info_schema.innodb_cmp',
      '--no-collect.info_schema.innodb_cmpmem',
      '--no-collect.info_schema.query_response_time',
    ],
    env: { MYSQLD_EXPORTER_PASSWORD: password },
  }),
}

/** Rejects with an EnvironmentError where the exporter is not to be had or does not start. */
export async function startExporter(session: Session, { engine, url }: ExportedEngineAt): Promise<RunningExporter> {
  const command = await session.exporter(engine)
  const [port = 0] = await freePorts(1)
  const address = `127.0.0.1:${port}`
  const name = `${engine}-exporter`
  const { args, env } = commands[engine](new URL(url))
  const process = await session.spawn({
    name,
    command,
    args: [`--web.listen-address=${address}`, '--log.level=warn', ...args],
    env: { ...env, GOMAXPROCS: '1' },
    readyTimeoutMs: 15_000,
    ready: (_process, signal) => listens(`http://${address}/`, signal),
  })
  return {
    component: { name, title: `exporter of ${engine}`, measured: true },
    target: { address, role: 'exporter', instance: engine },
    process,
  }
}

async function listens(url: string, signal: AbortSignal): Promise<void> {
  while (!(await fetch(url, { signal }).catch(() => null))) await delay(50, undefined, { signal })
}
