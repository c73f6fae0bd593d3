import { ChatError, type ErrorCode } from '../../protocol/errors.ts'
import { unescapeHeader } from '../../protocol/stomp/escapes.ts'
import { type CloseCode, closeCodes } from './close-codes.ts'

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
