import { ChatError } from '../../protocol/errors.ts'
import { StoreError, type StoreErrorCode } from '../store.ts'

/** Server errors by number (dev.mysql.com/doc/mysql-errors/9.7/en/server-error-reference.html). */
const numbers = {
  noTable: 1146,
  noDatabase: 1049,
  duplicate: 1062,
  deadlock: 1213,
  lockWait: 1205,
  full: new Set([1021, 1041, 1114, 3019]),
  tooMany: new Set([1040, 1203, 1226, 1461]),
  /** The query was ended for its time: by a limit, or killed. */
  timeLimit: new Set([1317, 1907, 3024]),
  /** Shutting down, read-only, being replaced by another node: another time, or another node, will do. */
  notNow: new Set([1053, 1077, 1290, 1792, 1836, 3100, 3101, 3032, 3168]),
  /** The request itself is wrong or not allowed: repeating it cannot help. */
  hopeless: new Set([
    1044, 1045, 1048, 1049, 1054, 1064, 1142, 1143, 1146, 1153, 1227, 1264, 1265, 1273, 1305, 1366, 1406, 1698, 3140,
    3141, 3156, 3667, 3669, 3903, 3904,
  ]),
} as const

/** What mysql2 and Node say when there is no connection, or no longer one. */
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'PROTOCOL_CONNECTION_LOST',
])

/** A call that had no answer in time; its connection was destroyed. */
export class NoAnswer extends Error {}

const numberOf = (error: unknown): number | undefined => {
  const { errno, sqlState } = (error ?? {}) as { errno?: unknown; sqlState?: unknown }
  return typeof errno === 'number' && typeof sqlState === 'string' ? errno : undefined
}

/** A primary or unique key refused the row. */
export const isDuplicate = (error: unknown): boolean => numberOf(error) === numbers.duplicate
export const isNoTable = (error: unknown): boolean => numberOf(error) === numbers.noTable
export const isNoDatabase = (error: unknown): boolean => numberOf(error) === numbers.noDatabase

/** InnoDB rolled the statement back for another transaction's sake: the same call will pass. */
export function isConflict(error: unknown): boolean {
  const number = numberOf(error)
  return number === numbers.deadlock || number === numbers.lockWait
}

interface Kind {
  readonly code: StoreErrorCode
  readonly retryable: boolean
  readonly remedy: string
}

const again = 'repeat the same call'

function kindOf(error: unknown): Kind {
  const number = numberOf(error)
  if (number !== undefined) return kindOfServerError(number)
  if (error instanceof NoAnswer) return { code: 'STORE-TIMEOUT', retryable: true, remedy: again }
  const { code, fatal } = (error ?? {}) as { code?: string; fatal?: boolean }
  if (code === 'ETIMEDOUT') return { code: 'STORE-TIMEOUT', retryable: true, remedy: 'check address and server' }
  if (fatal || networkCodes.has(code ?? '')) {
    return { code: 'STORE-UNREACHABLE', retryable: true, remedy: 'check address and server' }
  }
  return { code: 'STORE-FAILED', retryable: false, remedy: 'see the cause' }
}

/** Numbers nobody listed are taken as passing. */
function kindOfServerError(number: number): Kind {
  if (number === numbers.deadlock || number === numbers.lockWait || numbers.timeLimit.has(number)) {
    return { code: 'STORE-TIMEOUT', retryable: true, remedy: again }
  }
  if (numbers.full.has(number)) return { code: 'STORE-FULL', retryable: true, remedy: 'free space on its disk' }
  if (numbers.tooMany.has(number)) {
    return { code: 'STORE-REFUSED', retryable: true, remedy: 'raise max_connections or use fewer processes' }
  }
  if (numbers.notNow.has(number)) return { code: 'STORE-REFUSED', retryable: true, remedy: again }
  if (numbers.hopeless.has(number)) {
    return { code: 'STORE-REFUSED', retryable: false, remedy: 'check user, rights and data' }
  }
  return { code: 'STORE-FAILED', retryable: true, remedy: 'repeat the same call; see the cause if it goes on' }
}

/**
 * When the error came: `connect`, before anything was sent; `work`, in answer to a statement, which InnoDB then has
 * rolled back with its transaction; `commit`, when nobody can tell whether the commit took effect.
 */
export type Phase = 'connect' | 'work' | 'commit'

/** What driver or server said, as the contract's error; errors that are of the contract already pass unchanged. */
export function asStoreError(error: unknown, phase: Phase): StoreError | ChatError {
  if (error instanceof StoreError || error instanceof ChatError) return error
  const { code, retryable, remedy } = kindOf(error)
  const said = error instanceof Error && error.message ? error.message : String((error as { code?: string })?.code)
  const rolledBack = phase === 'work' && numberOf(error) !== undefined
  return new StoreError(code, `MySQL protocol: ${said}; ${remedy}`, {
    cause: error,
    effect: phase === 'connect' || rolledBack ? 'definite' : 'indefinite',
    retryable,
  })
}
