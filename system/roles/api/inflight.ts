import { ChatError } from '../../protocol/errors.ts'
import type { App } from '../http/app.ts'

/** The requests a draining API still owes an answer. */
export interface RequestsInFlight {
  /** From now on requests under /v1 get SYS-503. Resolves when those before are answered, or at the deadline. */
  drain(deadlineMs: number): Promise<void>
}

export function requestsInFlight(app: App): RequestsInFlight {
  let count = 0
  let draining = false
  let idle: (() => void) | undefined
  app.addHook('onRequest', async (request, reply) => {
    if (draining && request.url.startsWith('/v1/')) {
      reply.header('connection', 'close')
      throw new ChatError('SYS-503', 'This server is going down: try again, elsewhere if there is another')
    }
    count++
    // `close` comes once for every response, sent or cut off.
    reply.raw.once('close', () => {
      count--
      if (count === 0) idle?.()
    })
  })
  return {
    drain: async (deadlineMs) => {
      draining = true
      if (count === 0) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const timer = setTimeout(resolve, deadlineMs)
      idle = resolve
      await promise
      clearTimeout(timer)
    },
  }
}
