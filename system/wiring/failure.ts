/** Exit codes of a system process. */
export const exitCodes = {
  /** Drained and closed after a signal. */
  ended: 0,
  /** A role failed for good. */
  failed: 1,
  /** The command line or the environment is wrong: nothing was started. */
  usage: 2,
  /** Something outside the process is missing: a port, the store, the log. */
  environment: 4,
  /** A second signal ended it without a drain. */
  interrupted: 130,
} as const

/** A process that could not start: what happened, and what to do about it. */
export class StartError extends Error {
  readonly exitCode = exitCodes.environment
  readonly remedy: string
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StartError'
    this.remedy = remedy
  }
}
