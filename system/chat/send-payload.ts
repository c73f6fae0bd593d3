import { ChatError } from '../protocol/errors.ts'
import { limits } from '../protocol/limits.ts'
import { type MessageType, messageTypes } from '../protocol/message.ts'

/** The payload of SEND `/app/rooms/{id}/send` after every check. */
export interface SendPayload {
  readonly clientMessageId: string
  readonly type: MessageType
  readonly body: string
  readonly fileId?: string
  readonly sentAtMs?: number
}

/** Older clients' names of two types. */
const aliases = new Map<unknown, MessageType>([
  ['TEXT', 'TALK'],
  ['IMG', 'IMAGE'],
])
/** SYSTEM is the system's own voice; a client cannot speak with it. */
const offered = new Map<unknown, MessageType>([
  ...messageTypes.filter((type) => type !== 'SYSTEM').map((type): [string, MessageType] => [type, type]),
  ...aliases,
])

/** The JSON text of a payload as an object. Throws MSG-400. */
export function parseObject(json: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new ChatError('MSG-400', 'the payload is not JSON', { cause })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ChatError('MSG-400', 'the payload must be a JSON object')
  }
  return value as Record<string, unknown>
}

/**
 * Checks the fields of a SEND by hand: this runs once a message. Fields it does not know are left alone.
 * Throws MSG-413 for a body over `limits.bodyBytes` bytes of UTF-8, MSG-400 with every other problem at once.
 */
export function sendPayload(fields: Record<string, unknown>): SendPayload {
  const { clientMessageId, body } = fields
  const type = offered.get(fields.type)
  const fileId = fields.fileId ?? undefined
  const sentAtMs = readInstant(fields.sentAt ?? undefined)
  if (typeof body === 'string' && isOverLimit(body)) {
    throw new ChatError('MSG-413', `body is over ${limits.bodyBytes} bytes of UTF-8; send large content as a file`)
  }
  if (
    type === undefined ||
    !isName(clientMessageId) ||
    !isText(body) ||
    (body === '' && type === 'TALK') ||
    (fileId !== undefined && !isName(fileId)) ||
    Number.isNaN(sentAtMs)
  ) {
    throw new ChatError('MSG-400', problemsOf(fields).join('; '))
  }
  return { clientMessageId, type, body, fileId, sentAtMs }
}

function problemsOf(fields: Record<string, unknown>): string[] {
  const { clientMessageId, body, fileId, sentAt } = fields
  const problems: string[] = []
  const nameRule = `a string of 1 to ${limits.clientMessageIdChars} characters`
  if (!isName(clientMessageId)) problems.push(`clientMessageId must be ${nameRule}`)
  if (!offered.has(fields.type)) problems.push(`type must be one of ${[...offered.keys()].join(', ')}`)
  if (!isText(body)) problems.push('body must be a string of well-formed Unicode')
  else if (body === '' && offered.get(fields.type) === 'TALK') problems.push('body of a TALK must not be empty')
  if (fileId !== undefined && fileId !== null && !isName(fileId)) problems.push(`fileId must be ${nameRule}`)
  if (Number.isNaN(readInstant(sentAt ?? undefined))) {
    problems.push('sentAt must be Unix milliseconds or an ISO 8601 date')
  }
  return problems
}

/** A lone surrogate has no UTF-8: stores would change it, and what is delivered must be what is stored. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.isWellFormed()
}

function isName(value: unknown): value is string {
  return isText(value) && value.length > 0 && value.length <= limits.clientMessageIdChars
}

function isOverLimit(body: string): boolean {
  // UTF-8 takes at most three bytes a UTF-16 unit, so most bodies need no counting.
  return body.length * 3 > limits.bodyBytes && Buffer.byteLength(body) > limits.bodyBytes
}

/** Unix milliseconds, undefined when absent, NaN when it is no instant. */
function readInstant(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string') return Date.parse(value)
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : Number.NaN
}
