import { EnvironmentError } from '../../compose/component.ts'
import { boards } from '../../dashboards/boards/index.ts'
import type { ViewerRun } from '../../dashboards/viewer/server.ts'

/** Shows runs in a Grafana that is there already, over its HTTP API: a data source of their own, and the boards. */

export interface GrafanaAccess {
  readonly url: string
  /** Of a service account that may edit data sources and dashboards; without one Grafana must let anybody do so. */
  readonly token: string | undefined
}

interface ShownInGrafana {
  readonly url: string
  /** Takes the data source away; the boards stay for the next run. */
  close(): Promise<void>
}

const sourceUid = 'chat-lab-replay'

/** Rejects with an EnvironmentError where Grafana does not answer or refuses. Grafana must reach this machine's loopback. */
export async function showInGrafana(
  access: GrafanaAccess,
  runs: readonly ViewerRun[],
  built: readonly string[],
): Promise<ShownInGrafana> {
  const [first] = runs
  if (!first) throw new Error('no run to show')
  await ask(access, 'DELETE', `/api/datasources/uid/${sourceUid}`, undefined, [404])
  await ask(access, 'POST', '/api/datasources', {
    uid: sourceUid,
    name: 'Chat lab, replayed',
    type: 'prometheus',
    access: 'proxy',
    url: first.prometheusUrl,
    jsonData: { httpMethod: 'POST', timeInterval: '1s' },
  })
  for (const text of built)
    await ask(access, 'POST', '/api/dashboards/db', { dashboard: JSON.parse(text), overwrite: true })
  return {
    url: linkTo(access.url, sourceUid, runs),
    close: () => ask(access, 'DELETE', `/api/datasources/uid/${sourceUid}`, undefined, [404]),
  }
}

/** The first board with the first run, at the time of the runs. */
export function linkTo(grafanaUrl: string, datasource: string, runs: readonly ViewerRun[]): string {
  const goesOn = runs.some(({ toUnixMs }) => toUnixMs === null)
  const query = new URLSearchParams({
    'var-datasource': datasource,
    'var-run': runs[0]?.id ?? '',
    from: String(Math.min(...runs.map(({ fromUnixMs }) => fromUnixMs))),
    to: goesOn ? 'now' : String(Math.max(...runs.map(({ toUnixMs }) => toUnixMs ?? 0))),
  })
  return `${grafanaUrl.replace(/\/$/, '')}/d/${boards[0]?.uid}?${query}`
}

async function ask(
  { url, token }: GrafanaAccess,
  method: string,
  path: string,
  body: unknown,
  alsoFine: readonly number[] = [],
): Promise<void> {
  const headers: Record<string, string> = { 'content-type': 'application/json' }
  if (token) headers.authorization = `Bearer ${token}`
  const request: RequestInit = { method, headers, signal: AbortSignal.timeout(10_000) }
  if (body !== undefined) request.body = JSON.stringify(body)
  const answer = await fetch(new URL(path, url), request).catch((error: Error) => {
    throw refusal(
      `${new URL(url).origin} does not answer: ${(error.cause as Error | undefined)?.message ?? error.message}`,
    )
  })
  if (!answer.ok && !alsoFine.includes(answer.status))
    throw refusal(`${method} ${path} was answered with ${answer.status}: ${(await answer.text()).slice(0, 200)}`)
}

const refusal = (text: string) =>
  new EnvironmentError(
    'ENV-MISSING',
    'grafana',
    text,
    'Look at GRAFANA_URL and GRAFANA_TOKEN; without GRAFANA_URL the boards are shown on a page of their own.',
  )
