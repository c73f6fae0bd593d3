/** Fetches one file over HTTP(S) with progress, and says what came. */
import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EnvironmentError } from '../component.ts'
import type { Source } from './cache.ts'

const TRIES = 3

export interface DownloadOptions {
  readonly component: string
  readonly signal: AbortSignal
  /** What the content must hash to; a difference is an error, never a warning. */
  readonly sha256?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly onBytes?: (doneBytes: number, totalBytes: number | undefined) => void
}

/** Rejects with ENV-PROVISION (host named, credentials not) after three tries, or with the signal's reason. */
export async function download(url: URL, file: string, options: DownloadOptions): Promise<Source> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await downloadOnce(url, file, options)
    } catch (error) {
      await rm(file, { force: true })
      options.signal.throwIfAborted()
      const disk = (error as NodeJS.ErrnoException).code === 'ENOSPC'
      if (disk || error instanceof EnvironmentError || attempt === TRIES) throw error
    }
  }
}

async function downloadOnce(url: URL, file: string, options: DownloadOptions): Promise<Source> {
  await mkdir(dirname(file), { recursive: true })
  const response = await request(url, options)
  const totalBytes = Number(response.headers.get('content-length') ?? 0) || undefined
  const hash = createHash('sha256')
  let bytes = 0
  const count = async function* (source: AsyncIterable<Uint8Array>) {
    for await (const chunk of source) {
      hash.update(chunk)
      bytes += chunk.length
      options.onBytes?.(bytes, totalBytes)
      yield chunk
    }
  }
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0])
  await pipeline(body, count, createWriteStream(file), { signal: options.signal })
  const sha256 = hash.digest('hex')
  if (options.sha256 && sha256 !== options.sha256) throw wrongContent(url, options, sha256)
  return { what: basename(file), bytes, sha256 }
}

/** A successful response with a body. URLs with credentials are sent as an Authorization header, as fetch demands. */
export async function request(url: URL, options: Pick<DownloadOptions, 'component' | 'signal' | 'headers'>) {
  const headers: Record<string, string> = { ...options.headers }
  const bare = new URL(url)
  if (url.username) {
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`
    headers.authorization = `Basic ${Buffer.from(credentials).toString('base64')}`
    bare.username = ''
    bare.password = ''
  }
  const response = await fetch(bare, { headers, signal: options.signal }).catch((error: Error) => {
    options.signal.throwIfAborted()
    throw unfetched(bare, options.component, error.cause instanceof Error ? error.cause.message : error.message)
  })
  if (!response.ok || !response.body) throw unfetched(bare, options.component, `answered ${response.status}`)
  return response
}

function unfetched(url: URL, component: string, reason: string): EnvironmentError {
  const text = `${component}: ${url.pathname} cannot be fetched from ${url.host}: ${reason}`
  const remedy = `Check that this machine reaches ${url.host}; behind a proxy set NODE_USE_ENV_PROXY=1 and HTTPS_PROXY.`
  return new EnvironmentError('ENV-PROVISION', component, text, remedy)
}

function wrongContent(url: URL, options: DownloadOptions, sha256: string): EnvironmentError {
  const text = `${options.component}: ${url.host} gave another ${basename(url.pathname)} than expected (sha256 ${sha256}).`
  const remedy = 'Do not use what was fetched. Ask who runs that registry, or set another one.'
  return new EnvironmentError('ENV-PROVISION', options.component, text, remedy)
}
