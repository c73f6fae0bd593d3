import { ChatError } from '../errors.ts'

/**
 * Header escapes of STOMP 1.2: `\r` CR, `\n` LF, `\c` colon, `\\` backslash; any other is a fatal error.
 * CONNECT, STOMP and CONNECTED neither escape nor unescape, so that 1.0 peers can read them.
 */
const written = new Map([
  ['\\', '\\\\'],
  ['\r', '\\r'],
  ['\n', '\\n'],
  [':', '\\c'],
])
const read = new Map([...written].map(([plain, escaped]) => [escaped, plain]))

/** A header's name or value as it goes on the wire. */
export function escapeHeader(plain: string): string {
  return /[\\\r\n:]/.test(plain) ? plain.replace(/[\\\r\n:]/g, (char) => written.get(char) as string) : plain
}

/** The inverse of `escapeHeader`; the text has been through `checkEscapes`. */
export function unescapeHeader(escaped: string): string {
  return escaped.includes('\\') ? escaped.replace(/\\./g, (pair) => read.get(pair) ?? pair) : escaped
}

/** Throws SYS-400 when the text holds an escape that STOMP 1.2 does not define. */
export function checkEscapes(head: string): void {
  for (let at = head.indexOf('\\'); at !== -1; at = head.indexOf('\\', at + 2)) {
    if (!read.has(head.slice(at, at + 2))) {
      throw new ChatError('SYS-400', 'a header holds an escape that STOMP 1.2 does not define; use \\r \\n \\c or \\\\')
    }
  }
}
