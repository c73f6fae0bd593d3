import { setTimeout as delay } from 'node:timers/promises'
import type { AskedEngine, RunningProcess, Session } from '../../compose/component.ts'
import { exporterArguments } from '../../compose/components/exporters.ts'
import { freePorts } from '../../compose/native/ports.ts'
import type { MeasuredComponent } from '../judge/resources.ts'

export interface RunningExporter {
  readonly component: MeasuredComponent
  /** `host:port` of its page. */
  readonly address: string
  readonly process: RunningProcess
}

/** Whom it asks. Passwords go into the environment: the arguments of a process are public on the machine. */
const addresses: Readonly<
  Record<AskedEngine, (url: string) => { args?: readonly string[]; env: Record<string, string> }>
> = {
  mysql: (url) => {
    const { host, username, password } = new URL(url)
    return {
      args: [`--mysqld.address=${host}`, `--mysqld.username=${username}`],
      env: { MYSQLD_EXPORTER_PASSWORD: password },
    }
  },
  postgres: (url) => ({ env: { DATA_SOURCE_NAME: `${url}&sslmode=disable` } }),
  redis: (url) => {
    const { host, password } = new URL(url)
    return { env: { REDIS_ADDR: `redis://${host}`, REDIS_PASSWORD: password } }
  },
}

/** Rejects with an EnvironmentError where the exporter is not to be had or does not start. */
export async function startExporter(session: Session, engine: AskedEngine, url: string): Promise<RunningExporter> {
  const command = await session.exporter(engine)
  const [port = 0] = await freePorts(1)
  const address = `127.0.0.1:${port}`
  const name = `${engine}-exporter`
  const { args = [], env } = addresses[engine](url)
  const process = await session.spawn({
    name,
    command,
    args: [`--web.listen-address=${address}`, ...exporterArguments[engine], ...args],
    env: { ...env, GOMAXPROCS: '1' },
    readyTimeoutMs: 15_000,
    ready: (_process, signal) => listens(`http://${address}/`, signal),
  })
  return { component: { name, title: `exporter of ${engine}`, measured: true }, address, process }
}

async function listens(url: string, signal: AbortSignal): Promise<void> {
  while (!(await fetch(url, { signal }).catch(() => null))) await delay(50, undefined, { signal })
}
