/**
 * Every error a client can get, with what it says about the effect.
 * `definite`: it surely did not happen. `indefinite`: it may have happened; repeat with the same identity.
 */
export type Effect = 'definite' | 'indefinite'

interface ErrorRow {
  readonly effect: Effect
  readonly retryable: boolean
  /** HTTP status of the same error on REST. */
  readonly status: number
}

export const errorCodes = {
  'AUTH-401': { effect: 'definite', retryable: false, status: 401 },
  'AUTH-419': { effect: 'definite', retryable: true, status: 401 },
  'AUTH-403': { effect: 'definite', retryable: false, status: 403 },
  'AUTH-409': { effect: 'definite', retryable: false, status: 409 },
  'ROOM-403': { effect: 'definite', retryable: false, status: 403 },
  'ROOM-404': { effect: 'definite', retryable: false, status: 404 },
  'ROOM-409': { effect: 'definite', retryable: false, status: 409 },
  'MSG-400': { effect: 'definite', retryable: false, status: 400 },
  'MSG-409': { effect: 'definite', retryable: false, status: 409 },
  'MSG-413': { effect: 'definite', retryable: false, status: 413 },
  'MSG-429': { effect: 'definite', retryable: true, status: 429 },
  'SYS-400': { effect: 'definite', retryable: false, status: 400 },
  'SYS-404': { effect: 'definite', retryable: false, status: 404 },
  'SYS-500': { effect: 'indefinite', retryable: true, status: 500 },
  'SYS-501': { effect: 'definite', retryable: false, status: 501 },
  'SYS-503': { effect: 'definite', retryable: true, status: 503 },
  'SYS-504': { effect: 'indefinite', retryable: true, status: 503 },
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof errorCodes

/** An error with a code of the table above. The text says what happened and what to do. */
export class ChatError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ChatError'
    this.code = code
  }
  get effect(): Effect {
    return errorCodes[this.code].effect
  }
  get retryable(): boolean {
    return errorCodes[this.code].retryable
  }
  get status(): number {
    return errorCodes[this.code].status
  }
}
