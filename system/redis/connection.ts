import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from '@redis/client'
import type { Logger } from 'pino'
import type { RedisAddress } from './address.ts'
import { RedisError } from './error.ts'

/** How long the first connection may take; later ones are tried without end. */
const firstConnectMs = 5_000
const connectMs = 2_000
const longestPauseMs = 500
/** A server that answers nothing, not even a ping, for three times this is left and looked for again. */
const pingMs = 1_000
/** A trouble that lasts comes with every try: it is written at its start, then at most once in this time. */
const writeEveryMs = 10_000

export type RedisClient = ReturnType<typeof newClient>

/**
 * One connection to Redis that comes back by itself. While it is away every command rejects at once, so that callers
 * decide what to do meanwhile.
 */
export class RedisConnection {
  readonly client: RedisClient
  readonly #logger: Logger
  #trouble: string | undefined = 'not connected yet'
  #writtenMs = Number.NEGATIVE_INFINITY

  constructor({ url }: RedisAddress, logger: Logger) {
    this.#logger = logger
    this.client = newClient(url)
    this.client.on('error', (error: Error) => this.#tell(error))
    this.client.on('ready', () => {
      if (this.#writtenMs > 0) logger.info('Redis is there')
      this.#trouble = undefined
      this.#writtenMs = Number.NEGATIVE_INFINITY
    })
  }

  /** Rejects with a RedisError when no connection came about in time. */
  async connect(): Promise<void> {
    const over = new AbortController()
    const late = sleep(firstConnectMs, undefined, { signal: over.signal }).then(() => {
      throw new RedisError(`Redis cannot be reached: ${this.#trouble}`)
    })
    late.catch(() => undefined)
    try {
      await Promise.race([this.client.connect(), late])
    } catch (error) {
      this.client.destroy()
      throw error instanceof RedisError ? error : new RedisError(`Redis refused: ${textOf(error)}`, { cause: error })
    } finally {
      over.abort()
    }
  }

  /** Resolves when the server is there: at once, or when the connection is back. */
  async ready(): Promise<void> {
    if (!this.client.isReady) await new Promise<void>((resolve) => this.client.once('ready', () => resolve()))
  }

  /** Why it does not answer now. */
  reasons(): string[] {
    return this.#trouble === undefined ? [] : [`redis: ${this.#trouble}`]
  }

  close(): void {
    if (this.client.isOpen) this.client.destroy()
  }

  #tell(error: Error): void {
    this.#trouble = textOf(error)
    const nowMs = performance.now()
    if (nowMs - this.#writtenMs < writeEveryMs) return
    this.#writtenMs = nowMs
    this.#logger.warn({ err: error }, 'Redis does not answer, trying again')
  }
}

function newClient(url: string) {
  return createClient({
    url,
    disableOfflineQueue: true,
    pingInterval: pingMs,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: connectMs,
      socketTimeout: 3 * pingMs,
      reconnectStrategy: (tries) => Math.min(longestPauseMs, 20 * 2 ** tries) * (1 - Math.random() / 4),
    },
  })
}

/** The client's own words are sometimes empty, as for a refused connection to several addresses. */
const textOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  return error.message || (error as { code?: string }).code || error.name
}
