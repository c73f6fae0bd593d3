import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from 'pino'
import { LogError } from '../logs/log.ts'
import { RedisError } from '../redis/error.ts'
import { StoreError } from '../stores/store.ts'

const againMs = 500

/**
 * Tries until it works, or until the time is over, what fails because an engine does not answer yet: in a stack all
 * services start at once. Rejects with what would not get better, at once, or with the last failure.
 */
export async function patiently<T>(work: () => Promise<T>, until: { untilMs: number; logger: Logger }): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await work()
    } catch (error) {
      const isEngine = error instanceof StoreError || error instanceof LogError
      const mayPass = error instanceof RedisError || (isEngine && error.retryable)
      if (!mayPass || Date.now() + againMs > until.untilMs) throw error
      if (!told) until.logger.info({ reason: error.message }, 'waiting for an engine')
      await delay(againMs)
    }
  }
}
