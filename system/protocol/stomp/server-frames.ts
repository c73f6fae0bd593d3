import { escapeHeader } from './escapes.ts'
import { plainFrame, textFrame } from './websocket.ts'

/** What a server sends, each as one WebSocket text frame that is ready for the socket. */

const receiptPrefix = Buffer.from('RECEIPT\nreceipt-id:')
const nothing = Buffer.alloc(0)

/** `receiptId` as it stood in the client's frame, escapes and all. */
export function receiptFrame(receiptId: string): Buffer {
  const tail = `${receiptId}\n\n`
  const ascii = Buffer.byteLength(tail) === tail.length
  return ascii ? textFrame(receiptPrefix, tail, nothing) : plainFrame(`RECEIPT\nreceipt-id:${receiptId}`)
}

/** CONNECTED does not escape, so its values must hold no line end. */
export function connectedFrame(values: {
  readonly heartBeat: string
  readonly session: string
  readonly server: string
  readonly userName: string
}): Buffer {
  const { heartBeat, session, server, userName } = values
  return plainFrame(
    `CONNECTED\nversion:1.2\nheart-beat:${heartBeat}\nsession:${session}\nserver:${server}\nuser-name:${userName}`,
  )
}

/** `headers` in the order given, escaped here; `message` first, as clients log it. */
export function errorFrame(message: string, headers: readonly (readonly [string, string])[], body: string): Buffer {
  const lines = headers.map(([name, value]) => `\n${name}:${escapeHeader(value)}`).join('')
  const content = body === '' ? '' : `\ncontent-type:application/json\ncontent-length:${Buffer.byteLength(body)}`
  return plainFrame(`ERROR\nmessage:${escapeHeader(message)}${lines}${content}`, body)
}

/** Everything of a MESSAGE that is the same for all messages of one subscription id and destination. */
export class MessageTemplate {
  readonly #prefix: Buffer

  constructor(subscriptionId: string, destination: string) {
    this.#prefix = Buffer.from(
      `MESSAGE\nsubscription:${escapeHeader(subscriptionId)}\ndestination:${escapeHeader(destination)}` +
        '\ncontent-type:application/json\nmessage-id:',
    )
  }

  /** `messageId` must be ASCII without characters that need escapes, as ULIDs are. */
  frame(messageId: string, body: Uint8Array): Buffer {
    return textFrame(this.#prefix, `${messageId}\ncontent-length:${body.length}\n\n`, body)
  }
}
