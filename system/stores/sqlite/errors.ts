import { ChatError, type ErrorCode } from '../../protocol/errors.ts'
import { StoreError, type StoreErrorCode } from '../store.ts'

/** Primary result codes of SQLite (sqlite.org/rescode.html); the extended code carries them in its low byte. */
const sqlite = {
  busy: 5,
  locked: 6,
  noMemory: 7,
  readOnly: 8,
  ioError: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
} as const

function primaryCode(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown } | null)?.errcode
  return typeof code === 'number' ? code & 0xff : undefined
}

/** Another connection holds the lock: the same statement will pass later. */
export function isBusy(error: unknown): boolean {
  const code = primaryCode(error)
  return code === sqlite.busy || code === sqlite.locked
}

/** A unique or primary key refused the row. */
export function isConstraint(error: unknown): boolean {
  return primaryCode(error) === sqlite.constraint
}

interface Kind {
  readonly code: StoreErrorCode
  readonly retryable: boolean
  readonly remedy: string
}

const kinds: Readonly<Record<number, Kind>> = {
  [sqlite.busy]: { code: 'STORE-TIMEOUT', retryable: true, remedy: 'another process holds the lock; repeat the call' },
  [sqlite.locked]: {
    code: 'STORE-TIMEOUT',
    retryable: true,
    remedy: 'another process holds the lock; repeat the call',
  },
  [sqlite.readOnly]: { code: 'STORE-REFUSED', retryable: true, remedy: 'make the file and its folder writable' },
  [sqlite.full]: { code: 'STORE-FULL', retryable: true, remedy: 'free space on the disk of the store' },
  [sqlite.cannotOpen]: { code: 'STORE-UNREACHABLE', retryable: true, remedy: 'check the path and its permissions' },
  [sqlite.notADatabase]: {
    code: 'STORE-SCHEMA',
    retryable: false,
    remedy: 'name another file: this is no SQLite database',
  },
  [sqlite.corrupt]: { code: 'STORE-FAILED', retryable: false, remedy: 'restore the file: it is damaged' },
}
const otherKind: Kind = { code: 'STORE-FAILED', retryable: false, remedy: 'see the cause' }

/** What SQLite said, as the contract's error; errors that are of the contract already pass unchanged. */
export function asStoreError(error: unknown, effect: 'definite' | 'indefinite'): StoreError | ChatError {
  if (error instanceof StoreError || error instanceof ChatError) return error
  const kind = kinds[primaryCode(error) ?? -1] ?? otherKind
  const said = error instanceof Error ? error.message : String(error)
  return new StoreError(kind.code, `SQLite: ${said}; ${kind.remedy}`, {
    cause: error,
    effect,
    retryable: kind.retryable,
  })
}

/** An error of the contract in a form that passes between threads. */
export type ErrorRecord =
  | { readonly kind: 'chat'; readonly code: ErrorCode; readonly message: string }
  | {
      readonly kind: 'store'
      readonly code: StoreErrorCode
      readonly message: string
      readonly effect: 'definite' | 'indefinite'
      readonly retryable: boolean
    }

export function errorRecord(error: unknown, effect: 'definite' | 'indefinite'): ErrorRecord {
  const known = asStoreError(error, effect)
  const { message } = known
  return known instanceof ChatError
    ? { kind: 'chat', code: known.code, message }
    : { kind: 'store', code: known.code, message, effect: known.effect, retryable: known.retryable }
}

export function errorFrom(record: ErrorRecord): StoreError | ChatError {
  return record.kind === 'chat'
    ? new ChatError(record.code, record.message)
    : new StoreError(record.code, record.message, record)
}
