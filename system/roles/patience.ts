import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'

const firstPauseMs = 50
const longestPauseMs = 2_000

/** Tries without end what must succeed some day, and says meanwhile what it waits for. */
export class Patience {
  readonly #logger: Logger
  readonly #waitingFor = new Map<string, string>()
  readonly #gaveUp = new AbortController()
  readonly #hurried = new AbortController()

  constructor(logger: Logger) {
    this.#logger = logger
  }

  /** Why the role cannot do its work now. */
  reasons(): string[] {
    return [...this.#waitingFor].map(([part, text]) => `${part}: ${text}`)
  }

  /** Rejects only after `giveUp`, then at once: an attempt under way is told by its signal and not waited for. */
  async keepTrying<Answer>(
    part: 'store' | 'log' | 'redis',
    attempt: (gaveUp: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
      try {
        const answer = await this.#orGiveUp(attempt)
        if (this.#waitingFor.delete(part)) this.#logger.info({ part }, 'goes on')
        return answer
      } catch (error) {
        this.#gaveUp.signal.throwIfAborted()
        if (!this.#waitingFor.has(part))
          this.#logger.warn({ part, err: error }, 'does not answer as it should, waiting')
        this.#waitingFor.set(part, error instanceof Error ? error.message : String(error))
        await pause(pauseMs, this.#gaveUp.signal)
        this.#gaveUp.signal.throwIfAborted()
      }
    }
  }

  /** A pause that only gathers work: cut short by `hurry`. */
  async gather(pauseMs: number): Promise<void> {
    if (pauseMs > 0) await pause(pauseMs, this.#hurried.signal)
  }

  /** Ends pauses that gather work. */
  hurry(): void {
    this.#hurried.abort()
  }

  /** Ends all trying: what is under way rejects. */
  giveUp(): void {
    this.#hurried.abort()
    this.#gaveUp.abort()
  }

  async #orGiveUp<Answer>(attempt: (gaveUp: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const { signal } = this.#gaveUp
    signal.throwIfAborted()
    const { promise, reject } = Promise.withResolvers<never>()
    const onGaveUp = () => reject(signal.reason)
    signal.addEventListener('abort', onGaveUp)
    try {
      return await Promise.race([attempt(signal), promise])
    } finally {
      signal.removeEventListener('abort', onGaveUp)
    }
  }
}

async function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  await sleep(pauseMs, undefined, { signal }).catch(() => {})
}
