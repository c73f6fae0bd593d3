import { existsSync, realpathSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Session } from '../../compose/component.ts'
import { freePorts } from '../../compose/native/ports.ts'
import { findProgram } from '../../compose/native/programs.ts'
import { builtFolder } from '../../dashboards/build.ts'
import { provisioning } from '../../dashboards/grafana/provisioning.ts'

/** Starts the Grafana that is installed here, provisioned with the boards and one Prometheus. */

type Environment = Readonly<Record<string, string | undefined>>

/** The server's own program, or the `server` command of the newer single one. */
export interface GrafanaProgram {
  readonly command: string
  readonly args: readonly string[]
}

export function grafanaOnPath(env: Environment): GrafanaProgram | null {
  const server = findProgram('grafana-server', env)
  if (server) return { command: server, args: [] }
  const grafana = findProgram('grafana', env)
  return grafana === null ? null : { command: grafana, args: ['server'] }
}

/** Where its defaults and its pages lie: said by GRAFANA_HOME, as packages put it, or around the program. */
function homeOf(program: GrafanaProgram, env: Environment): string {
  if (env.GRAFANA_HOME) return env.GRAFANA_HOME
  const packaged = '/usr/share/grafana'
  return existsSync(join(packaged, 'conf', 'defaults.ini')) ? packaged : dirname(dirname(realpathSync(program.command)))
}

/** Everything it writes is in the session's folder; it asks nobody for news, plugins or updates. */
const settings = (folder: string, port: number): Record<string, string> => ({
  GF_PATHS_DATA: join(folder, 'data'),
  GF_PATHS_LOGS: join(folder, 'log'),
  GF_PATHS_PLUGINS: join(folder, 'plugins'),
  GF_PATHS_PROVISIONING: join(folder, 'provisioning'),
  GF_SERVER_HTTP_ADDR: '127.0.0.1',
  GF_SERVER_HTTP_PORT: String(port),
  GF_AUTH_ANONYMOUS_ENABLED: 'true',
  GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
  GF_ANALYTICS_REPORTING_ENABLED: 'false',
  GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
  GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES: 'false',
  GF_NEWS_NEWS_FEED_ENABLED: 'false',
  GF_PLUGINS_PREINSTALL_DISABLED: 'true',
})

/** Resolves to its address; it ends with the session. Rejects with an EnvironmentError when it does not start. */
export async function startGrafana(
  session: Session,
  program: GrafanaProgram,
  env: Environment,
  prometheusUrl: string,
): Promise<string> {
  const folder = join(session.dataDir, 'grafana')
  for (const [path, text] of provisioning({ prometheusUrl, dashboardsFolder: builtFolder })) {
    const file = join(folder, 'provisioning', path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, text)
  }
  const [port = 0] = await freePorts(1)
  const url = `http://127.0.0.1:${port}`
  await session.spawn({
    name: 'grafana',
    command: program.command,
    args: [...program.args, '--homepath', homeOf(program, env)],
    env: settings(folder, port),
    readyTimeoutMs: 60_000,
    ready: (_process, signal) => answers(`${url}/api/health`, signal),
  })
  return url
}

async function answers(url: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const answer = await fetch(url, { signal }).catch(() => null)
    if (answer?.ok) return
    await delay(100, undefined, { signal })
  }
}
