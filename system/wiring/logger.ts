import { destination, type Logger, pino } from 'pino'

const secretFields = [
  'authorization',
  'password',
  'passwordHash',
  'access',
  'refresh',
  'token',
  'tokenSecret',
  'internalToken',
]

/** JSON lines on stderr: stdout is for the ready line. Written at once, so that the last words of a crash are there. */
export function createLogger(stream: NodeJS.WritableStream | number = 2): Logger {
  const sink = typeof stream === 'number' ? destination({ dest: stream, sync: true }) : stream
  return pino({ base: { pid: process.pid }, redact: redactedPaths }, sink)
}

/** Secrets at the top of a record, one level down and two. */
const redactedPaths = secretFields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`])
