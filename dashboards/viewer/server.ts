import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pageFiles, type ServedFile } from './files.ts'
import { readBoard } from './read.ts'
import type { View, ViewedRun } from './view.ts'

/** Serves the page of panels on the loopback, and hands its queries on to the Prometheus of each run. */

export interface ViewerRun extends ViewedRun {
  readonly prometheusUrl: string
}

export interface ViewerOptions {
  readonly runs: readonly ViewerRun[]
  /** Built JSON of each board, in order. */
  readonly boards: readonly string[]
  /** 0 for any free one. */
  readonly port?: number
}

export interface Viewer {
  readonly url: string
  close(): Promise<void>
}

const headers = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
}

export async function startViewer(options: ViewerOptions): Promise<Viewer> {
  const files = pageFiles()
  const runs = options.runs.map(({ prometheusUrl: _, ...run }): ViewedRun => run)
  const view: View = { runs, boards: options.boards.map(readBoard) }
  let port = 0
  const server = createServer((request, response) => {
    // A name that somebody else made point here must not read what runs on this machine.
    const host = request.headers.host ?? ''
    if (host !== `127.0.0.1:${port}` && host !== `localhost:${port}`)
      return send(response, 421, json({ error: 'host' }))
    answer(request, response, files, view, options.runs).catch((error: Error) => {
      send(
        response,
        502,
        json({ status: 'error', error: `it does not answer (${reasonOf(error)}): has the run ended?` }),
      )
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, '127.0.0.1', resolve)
  })
  port = (server.address() as AddressInfo).port
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return { url: `http://127.0.0.1:${port}/`, close }
}

const reasonOf = (error: Error) => (error.cause instanceof Error ? error.cause.message : error.message)

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  files: ReadonlyMap<string, ServedFile>,
  view: View,
  runs: readonly ViewerRun[],
): Promise<void> {
  const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1')
  if (request.method !== 'GET') return send(response, 405, json({ error: 'only GET' }))
  const file = files.get(pathname)
  if (file) return send(response, 200, file)
  if (pathname === '/view.json') return send(response, 200, json(view))
  const run = runs[Number(/^\/runs\/(\d+)\/query_range$/.exec(pathname)?.[1] ?? -1)]
  if (!run) return send(response, 404, json({ error: 'no such page' }))
  const upstream = new URL(`/api/v1/query_range${search}`, run.prometheusUrl)
  const { status, text } = await fetch(upstream, { signal: AbortSignal.timeout(30_000) }).then(async (got) => ({
    status: got.status,
    text: await got.text(),
  }))
  send(response, status, { type: 'application/json', text })
}

const json = (value: unknown): ServedFile => ({ type: 'application/json', text: JSON.stringify(value) })

function send(response: ServerResponse, status: number, { type, text }: ServedFile): void {
  response.writeHead(status, { ...headers, 'content-type': type }).end(text)
}
