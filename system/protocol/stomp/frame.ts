import { unescapeHeader } from './escapes.ts'

/** How a header's name stands in a frame's head: between the line end before it and its colon. */
export type HeaderKey = `\n${string}:`

export const headerKeys = {
  acceptVersion: '\naccept-version:',
  ack: '\nack:',
  authorization: '\nAuthorization:',
  authorizationLower: '\nauthorization:',
  contentLength: '\ncontent-length:',
  destination: '\ndestination:',
  heartBeat: '\nheart-beat:',
  id: '\nid:',
  receipt: '\nreceipt:',
  transaction: '\ntransaction:',
} as const satisfies Record<string, HeaderKey>

/**
 * A frame as it was read. Headers stay one string and are looked up when they are asked for: a SEND is asked
 * for two of its headers, and a map of all of them costs more than the rest of the parse.
 */
export class StompFrame {
  readonly command: string
  /** A view of the parser's buffer, valid until the parser is used again. */
  readonly body: Buffer
  /** The header lines between an LF before the first and one after the last; a single LF when there are none. */
  readonly #head: string
  readonly #escaped: boolean

  constructor(command: string, head: string, escaped: boolean, body: Buffer) {
    this.command = command
    this.#head = head
    this.#escaped = escaped
    this.body = body
  }

  /** The value of the first header of that name: of repeated headers the first one counts. */
  header(key: HeaderKey): string | undefined {
    const value = rawHeader(this.#head, key)
    return this.#escaped && value !== undefined ? unescapeHeader(value) : value
  }

  /** The value as it stands in the frame, escapes and all: for echoing it back. */
  raw(key: HeaderKey): string | undefined {
    return rawHeader(this.#head, key)
  }

  /** Every header in the order received, repeated ones included. */
  headers(): [name: string, value: string][] {
    const lines = this.#head.slice(1, -1)
    if (lines === '') return []
    return lines.split('\n').map((line) => {
      const colon = line.indexOf(':')
      const name = line.slice(0, colon)
      const value = line.slice(colon + 1)
      return this.#escaped ? [unescapeHeader(name), unescapeHeader(value)] : [name, value]
    })
  }
}

/** The value as it stands in the head, escapes and all. */
export function rawHeader(head: string, key: HeaderKey): string | undefined {
  const at = head.indexOf(key)
  return at === -1 ? undefined : head.slice(at + key.length, head.indexOf('\n', at + key.length))
}
