import { errors, types } from 'cassandra-driver'
import { ChatError } from '../../protocol/errors.ts'
import { StoreError, type StoreErrorCode } from '../store.ts'

const { responseErrorCodes: codes } = types

interface Kind {
  readonly code: StoreErrorCode
  readonly retryable: boolean
  readonly remedy: string
  /** This one statement was surely not executed. */
  readonly surelyNot?: boolean
}

const repeat = 'repeat the same call'
const notNow: Kind = { code: 'STORE-REFUSED', retryable: true, surelyNot: true, remedy: repeat }
/** The request itself is wrong or not allowed: repeating it cannot help. */
const hopeless: Kind = {
  code: 'STORE-REFUSED',
  retryable: false,
  surelyNot: true,
  remedy: 'check user, rights and schema',
}
/** Replicas may have written, may write later from a hint, or the decision of a Paxos round is not known. */
const unknown: Kind = { code: 'STORE-TIMEOUT', retryable: true, remedy: repeat }
const noNode: Kind = {
  code: 'STORE-UNREACHABLE',
  retryable: true,
  surelyNot: true,
  remedy: 'check address and server',
}
const failed: Kind = { code: 'STORE-FAILED', retryable: true, remedy: `${repeat}; see the cause if it goes on` }

/** CAS_WRITE_UNKNOWN of protocol 5, which the driver does not list. */
const casWriteUnknown = 0x1700

/** Error codes of the CQL binary protocol (native_protocol_v5.spec, section 9). */
const kinds = new Map<number, Kind>([
  [codes.unavailableException, notNow],
  [codes.overloaded, notNow],
  [codes.isBootstrapping, notNow],
  [codes.writeTimeout, unknown],
  [codes.readTimeout, unknown],
  [casWriteUnknown, unknown],
  [codes.badCredentials, hopeless],
  [codes.unauthorized, hopeless],
  [codes.syntaxError, hopeless],
  [codes.invalid, hopeless],
  [codes.configError, hopeless],
  [codes.alreadyExists, hopeless],
])

function kindOf(error: unknown): Kind {
  if (error instanceof errors.NoHostAvailableError) return kindOfNoHost(error)
  if (isWithoutConnection(error)) return noNode
  if (error instanceof errors.AuthenticationError) return hopeless
  if (error instanceof errors.OperationTimedOutError) return unknown
  if (error instanceof errors.ResponseError) return kinds.get(error.code) ?? failed
  if (error instanceof errors.ArgumentError)
    return { code: 'STORE-UNREACHABLE', retryable: false, surelyNot: true, remedy: 'check address and data center' }
  // What a connection that broke leaves its requests with; the driver marks it and exports no class.
  if (error instanceof Error && 'isSocketError' in error)
    return { code: 'STORE-UNREACHABLE', retryable: true, remedy: repeat }
  return { code: 'STORE-FAILED', retryable: false, remedy: 'see the cause' }
}

/** No node took the statement; where they all say the same for good, that is why. */
function kindOfNoHost(error: errors.NoHostAvailableError): Kind {
  const reasons = Object.values((error.innerErrors ?? {}) as Record<string, unknown>)
  if (reasons.length > 0 && reasons.every((reason) => reason instanceof errors.AuthenticationError)) return hopeless
  return noNode
}

/**
 * What the driver (4.10.0) says of a statement that is not prepared yet, when a node it takes for up has no connection
 * open, or none with room; of any other statement it says that no host is available.
 */
function isWithoutConnection(error: unknown): boolean {
  const isEmpty = error instanceof Error && error.message === 'No connection available'
  return isEmpty || error instanceof errors.BusyConnectionError
}

/** Whether the engine does not know what the statement names: a keyspace or a table. */
export function isUnknownName(error: unknown): boolean {
  return error instanceof errors.ResponseError && error.code === codes.invalid
}

/** Whether the statement reached no node, so that it may be tried again soon. */
export function isNoHost(error: unknown): boolean {
  return kindOf(error) === noNode
}

/**
 * Whether the table is one that another process is making: it is in the schema a moment before the node can use it, and
 * the statement was not executed.
 */
export function isBeingMade(error: unknown): boolean {
  return (
    error instanceof errors.ResponseError && error.code === codes.serverError && /\bUnknown CF\b/.test(error.message)
  )
}

/**
 * What driver or server said, as the contract's error; errors that are of the contract already pass unchanged. A call
 * of several statements is never surely without effect: one may have gone through before another one failed.
 */
export function asStoreError(error: unknown, statements: 'one' | 'several'): StoreError | ChatError {
  if (error instanceof StoreError || error instanceof ChatError) return error
  const kind = kindOf(error)
  const said = error instanceof Error ? error.message : String(error)
  return new StoreError(kind.code, `CQL: ${said}; ${kind.remedy}`, {
    cause: error,
    effect: kind.surelyNot && statements === 'one' ? 'definite' : 'indefinite',
    retryable: kind.retryable,
  })
}
