import { ChatError, type ErrorCode } from '../../protocol/errors.ts'
import { unescapeHeader } from '../../protocol/stomp/escapes.ts'
import { type CloseCode, closeCodes } from './close-codes.ts'
import type { Connection } from './connection.ts'
import type { GatewayParts } from './parts.ts'

/** What a client needs to match a refusal with what it sent. */
export interface RefusedWork {
  /** As it stood in the frame. */
  readonly receiptId?: string
  readonly clientMessageId?: string
}

/** The body of a refusal, on `/user/queue/errors` and in ERROR frames. */
export function refusalJson(error: ChatError, { receiptId, clientMessageId }: RefusedWork): string {
  return JSON.stringify({
    code: error.code,
    message: error.message,
    clientMessageId,
    retryable: error.retryable,
    effect: error.effect,
    receipt: receiptId === undefined ? undefined : unescapeHeader(receiptId),
  })
}

/**
 * Refuses one request. A client that listens on `/user/queue/errors` keeps its socket and reads it there; any
 * other gets an ERROR frame, after which STOMP leaves no choice but to close. Never silence.
 */
export function refuse(parts: GatewayParts, connection: Connection, error: ChatError, work: RefusedWork): void {
  const queue = connection.queues.get('/user/queue/errors')
  if (queue === undefined && connection.state !== 'closed') {
    connection.fail(error, work.receiptId)
    return
  }
  parts.metrics.refused(error.code)
  if (queue === undefined) return
  const json = refusalJson(error, work)
  for (const template of queue.values()) {
    parts.metrics.framesOut.inc()
    connection.write(template.frame(parts.newId(), Buffer.from(json)))
  }
}

/** Whatever a look-up in the store failed with: the request had no effect and may be repeated. */
export function unavailable(cause: unknown, what: string): ChatError {
  if (cause instanceof ChatError) return cause
  return new ChatError('SYS-503', `${what}; try again later`, { cause })
}

export function closeCodeOf(error: ChatError): CloseCode {
  if (error.code === 'SYS-500') return closeCodes.internal
  if (error.code === 'MSG-413') return closeCodes.tooLarge
  return protocolCodes.has(error.code) ? closeCodes.protocol : closeCodes.policy
}

const protocolCodes = new Set<ErrorCode>(['SYS-400', 'SYS-404', 'SYS-501'])
