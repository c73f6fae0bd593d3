import { ChatError } from '../../protocol/errors.ts'
import { StoreError, type StoreErrorCode } from '../store.ts'

/** Server errors by SQLSTATE (postgresql.org/docs/18/errcodes-appendix.html). */
const states = {
  noDatabase: '3D000',
  databaseExists: '42P04',
  duplicate: '23505',
  serialization: '40001',
  outcomeUnknown: '40003',
  deadlock: '40P01',
  lockWait: '55P03',
  full: '53100',
  /** 57014: ended for its time, or by somebody's hand. */
  cancelled: '57014',
  /** Shutting down, recovering, not yet started; read-only: another time, or another node, will do. */
  notNow: new Set(['57P01', '57P02', '57P03', '25006']),
} as const

/** No memory, too many connections, some configured limit. */
const scarce = /^53/
/** Password, data, rights, syntax, a value or a name too large: repeating it cannot help. */
const hopeless = /^(?:0A|22|23|28|3D|3F|42|54)/
const connectionLost = /^08/

/** What Node says when there is no connection, or no longer one. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
/** The driver has no codes of its own. */
const endedText = /^(?:Connection terminated|Client (?:was closed|has encountered a connection error))/
const noHandshakeText = /^(?:timeout expired|Connection terminated due to connection timeout)/

/** A call that had no answer in time; its connection was destroyed. */
export class NoAnswer extends Error {}

interface ServerError {
  readonly code: string
  readonly severity: string
}

/** What a server answered; undefined for errors of the driver or the network. */
function serverError(error: unknown): ServerError | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown }
  return typeof code === 'string' && typeof severity === 'string' ? { code, severity } : undefined
}

const stateOf = (error: unknown): string | undefined => serverError(error)?.code

/** A primary or unique key refused the row. */
export const isDuplicate = (error: unknown): boolean => stateOf(error) === states.duplicate
export const isNoDatabase = (error: unknown): boolean => stateOf(error) === states.noDatabase
/** Somebody else made it just now; of two at the same instant the loser meets the unique key of the catalogue. */
export const isDatabaseThere = (error: unknown): boolean =>
  stateOf(error) === states.databaseExists || isDuplicate(error)

/** The server rolled the transaction back for another one's sake: the same call will pass. */
export function isConflict(error: unknown): boolean {
  const state = stateOf(error)
  return state === states.deadlock || state === states.serialization || state === states.lockWait
}

interface Kind {
  readonly code: StoreErrorCode
  readonly retryable: boolean
  readonly remedy: string
}

const again = 'repeat the same call'

function kindOf(error: unknown): Kind {
  const state = stateOf(error)
  if (state !== undefined) return kindOfServerError(state)
  const { code = '', message = '' } = (error ?? {}) as { code?: string; message?: string }
  if (error instanceof NoAnswer) return { code: 'STORE-TIMEOUT', retryable: true, remedy: again }
  if (code === 'ETIMEDOUT' || noHandshakeText.test(message)) {
    return { code: 'STORE-TIMEOUT', retryable: true, remedy: 'check address and server' }
  }
  if (networkCodes.has(code) || endedText.test(message)) {
    return { code: 'STORE-UNREACHABLE', retryable: true, remedy: 'check address and server' }
  }
  return { code: 'STORE-FAILED', retryable: false, remedy: 'see the cause' }
}

/** States nobody listed are taken as passing. */
function kindOfServerError(state: string): Kind {
  const conflict = state === states.deadlock || state === states.serialization || state === states.lockWait
  if (conflict || state === states.cancelled) return { code: 'STORE-TIMEOUT', retryable: true, remedy: again }
  if (state === states.full) return { code: 'STORE-FULL', retryable: true, remedy: 'free space on its disk' }
  if (scarce.test(state)) {
    return { code: 'STORE-REFUSED', retryable: true, remedy: 'raise max_connections or use fewer processes' }
  }
  if (states.notNow.has(state)) return { code: 'STORE-REFUSED', retryable: true, remedy: again }
  if (connectionLost.test(state)) {
    return { code: 'STORE-UNREACHABLE', retryable: true, remedy: 'check address and server' }
  }
  if (hopeless.test(state)) return { code: 'STORE-REFUSED', retryable: false, remedy: 'check user, rights and data' }
  return { code: 'STORE-FAILED', retryable: true, remedy: 'repeat the same call; see the cause if it goes on' }
}

/**
 * When the error came: `connect`, before anything was sent; `work`, in answer to a statement; `commit`, when nobody can
 * tell whether the commit took effect.
 */
export type Phase = 'connect' | 'work' | 'commit'

/** An ERROR rolls the statement's transaction back; who says more ended the session, perhaps behind a commit. */
function rolledBack(error: unknown): boolean {
  const server = serverError(error)
  return server?.severity === 'ERROR' && server.code !== states.outcomeUnknown && !connectionLost.test(server.code)
}

/** What driver or server said, as the contract's error; errors that are of the contract already pass unchanged. */
export function asStoreError(error: unknown, phase: Phase): StoreError | ChatError {
  if (error instanceof StoreError || error instanceof ChatError) return error
  const { code, retryable, remedy } = kindOf(error)
  const said = error instanceof Error && error.message ? error.message : String((error as { code?: string })?.code)
  return new StoreError(code, `PostgreSQL protocol: ${said}; ${remedy}`, {
    cause: error,
    effect: phase === 'connect' || (phase === 'work' && rolledBack(error)) ? 'definite' : 'indefinite',
    retryable,
  })
}
