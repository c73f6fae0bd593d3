import { findErrorBy } from '@platformatic/kafka'
import type { LogErrorCode } from '../log.ts'
import { LogError } from '../log.ts'

/** Answers of a broker that say: this partition's records were not appended, try again. */
const notAppended = new Set([
  'UNKNOWN_TOPIC_OR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_OR_FOLLOWER',
  'NOT_ENOUGH_REPLICAS',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_TOPIC_ID',
])
const refused = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'INVALID_TOPIC_EXCEPTION',
  'POLICY_VIOLATION',
  'UNSUPPORTED_VERSION',
])
const unconnected = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'])

/**
 * What a failed call to the broker means. `request` says whether it could write: only then may an unknown
 * outcome have an effect. `partial` is set when another part of the same append succeeded.
 */
export function toLogError(error: unknown, what: string, request: 'read' | 'write', partial = false): LogError {
  if (error instanceof LogError) return error
  const causes = leaves(error)
  const apiIds = causes.map((cause) => (cause as { apiId?: string }).apiId)
  const make = (code: LogErrorCode, effect: 'definite' | 'indefinite', retryable: boolean, advice: string) =>
    new LogError(code, `${what}: ${causes.map(describe).join('; ')}. ${advice}`, {
      cause: error,
      effect: request === 'read' ? 'definite' : effect,
      retryable,
    })
  const answered = apiIds.length > 0 && apiIds.every((id) => id !== undefined)
  if (answered && apiIds.some((id) => refused.has(id!))) {
    const sure = !partial && apiIds.every((id) => refused.has(id!) || notAppended.has(id!))
    return make('LOG-REFUSED', sure ? 'definite' : 'indefinite', false, 'The broker refuses it; check topic and sizes.')
  }
  if (answered && apiIds.every((id) => notAppended.has(id!))) {
    return make('LOG-UNREACHABLE', partial ? 'indefinite' : 'definite', true, 'The broker is not ready; repeat.')
  }
  if (causes.length > 0 && causes.every((cause) => unconnected.has((cause as { code?: string }).code ?? ''))) {
    return make('LOG-UNREACHABLE', partial ? 'indefinite' : 'definite', true, 'No broker listens there; start it.')
  }
  if (causes.some((cause) => cause instanceof Error && cause.message.includes('timed out'))) {
    return make('LOG-TIMEOUT', 'indefinite', true, 'Repeat with the same identities.')
  }
  return make('LOG-FAILED', 'indefinite', true, 'Repeat with the same identities.')
}

/** Whether the broker's answer holds the protocol error of this name. */
export function hasAnswer(error: unknown, apiId: string): boolean {
  return findErrorBy(error as Error, 'apiId' as never, apiId as never) !== null
}

/** The errors at the bottom of aggregates and causes. */
function leaves(error: unknown): Error[] {
  if (!(error instanceof Error)) return [new Error(String(error))]
  const inner = error instanceof AggregateError ? error.errors.filter((part) => part) : []
  if (inner.length > 0) return inner.flatMap(leaves)
  return error.cause instanceof Error ? leaves(error.cause) : [error]
}

function describe(error: Error): string {
  return (error as { apiId?: string }).apiId ?? error.message
}
