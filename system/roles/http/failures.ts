import type { FastifyError } from 'fastify'
import { LogError } from '../../logs/log.ts'
import { ChatError } from '../../protocol/errors.ts'
import { StoreError } from '../../stores/store.ts'
import { InvalidRequest } from './validation.ts'

/**
 * The coded error a client gets for whatever was thrown. Total: an unknown error is SYS-500, and its text, which may
 * tell of the inside, stays in the log.
 */
export function toChatError(error: unknown): ChatError {
  if (error instanceof ChatError) return error
  if (error instanceof InvalidRequest) return new ChatError('SYS-400', error.message, { cause: error })
  if (error instanceof StoreError || error instanceof LogError) return unavailable(error)
  return requestError(error as Partial<FastifyError>)
}

function unavailable(error: StoreError | LogError): ChatError {
  if (!error.retryable)
    return new ChatError('SYS-500', 'The chat could not keep or find what was asked for: tell its operator', {
      cause: error,
    })
  return error.effect === 'definite'
    ? new ChatError('SYS-503', 'The chat cannot reach its store now, nothing was changed: try again', { cause: error })
    : new ChatError('SYS-504', 'It is not known whether the change was made: repeat the same request', { cause: error })
}

/** What fastify itself refuses before a route is asked. */
function requestError(error: Partial<FastifyError>): ChatError {
  const options = { cause: error }
  const status = error.statusCode ?? 500
  if (status === 413) return new ChatError('MSG-413', 'The request body is larger than this route takes', options)
  if (status >= 400 && status < 500)
    return new ChatError('SYS-400', `The request cannot be read: ${error.message ?? status}`, options)
  return new ChatError('SYS-500', 'Something broke inside the chat: look up the request id in its log', options)
}
