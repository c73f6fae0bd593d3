import { MongoNetworkError, MongoNetworkTimeoutError, MongoServerError, MongoServerSelectionError } from 'mongodb'
import { ChatError } from '../../protocol/errors.ts'
import { StoreError, type StoreErrorCode } from '../store.ts'

/** Server codes (mongodb/mongo: src/mongo/base/error_codes.yml). */
const codes = {
  duplicateKey: 11000,
  outOfDisk: 14031,
  timeLimit: new Set([50, 89, 262]),
  /** The request itself is wrong or not allowed: repeating it cannot help. */
  hopeless: new Set([2, 9, 13, 14, 17, 18, 59, 72, 73, 115, 121, 334, 10334]),
  /** Shutting down, stepping down, interrupted, no primary: another time, or another node, will do. */
  notNow: new Set([64, 91, 100, 189, 10058, 10107, 11600, 11602, 13435, 13436]),
} as const

/** Errors of the driver's pool that come before anything was sent; the driver does not export the classes. */
const neverSent = new Set(['MongoWaitQueueTimeoutError', 'MongoPoolClearedError'])

export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && isDuplicateKeyCode(error.code)
}

export function isDuplicateKeyCode(code: number | string | undefined): boolean {
  return code === codes.duplicateKey
}

interface Kind {
  readonly code: StoreErrorCode
  readonly retryable: boolean
  readonly remedy: string
  /** Nothing was written, whatever the call was. */
  readonly surelyNot?: boolean
}

function kindOf(error: unknown): Kind {
  if (error instanceof MongoServerSelectionError) {
    return { code: 'STORE-UNREACHABLE', retryable: true, surelyNot: true, remedy: 'check address and server' }
  }
  if (error instanceof Error && neverSent.has(error.name)) {
    return { code: 'STORE-TIMEOUT', retryable: true, surelyNot: true, remedy: 'the server is slower than it is asked' }
  }
  if (error instanceof MongoNetworkTimeoutError) {
    return { code: 'STORE-TIMEOUT', retryable: true, remedy: 'repeat the same call' }
  }
  if (error instanceof MongoNetworkError) {
    return { code: 'STORE-UNREACHABLE', retryable: true, remedy: 'repeat the same call' }
  }
  if (error instanceof MongoServerError) return kindOfServerError(Number(error.code), error.message)
  return { code: 'STORE-FAILED', retryable: false, remedy: 'see the cause' }
}

/** What PostgreSQL says below FerretDB, which passes it on under a code of its own. */
const noSpace = /No space left on device/

/** Codes nobody listed are taken as passing: an engine that lost its own database answers with a bare internal error. */
function kindOfServerError(code: number, message: string): Kind {
  if (code === codes.outOfDisk || noSpace.test(message))
    return { code: 'STORE-FULL', retryable: true, remedy: 'free space on its disk' }
  if (codes.timeLimit.has(code)) return { code: 'STORE-TIMEOUT', retryable: true, remedy: 'repeat the same call' }
  if (codes.hopeless.has(code))
    return { code: 'STORE-REFUSED', retryable: false, remedy: 'check user, rights and data' }
  if (codes.notNow.has(code)) return { code: 'STORE-REFUSED', retryable: true, remedy: 'repeat the same call' }
  return { code: 'STORE-FAILED', retryable: true, remedy: 'repeat the same call; see the cause if it goes on' }
}

/** What driver or server said, as the contract's error; errors that are of the contract already pass unchanged. */
export function asStoreError(error: unknown): StoreError | ChatError {
  if (error instanceof StoreError || error instanceof ChatError) return error
  const kind = kindOf(error)
  const said = error instanceof Error ? error.message : String(error)
  return new StoreError(kind.code, `MongoDB protocol: ${said}; ${kind.remedy}`, {
    cause: error,
    effect: kind.surelyNot ? 'definite' : 'indefinite',
    retryable: kind.retryable,
  })
}
