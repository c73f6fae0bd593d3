/** First byte of an unmasked, unfragmented text frame (RFC 6455, 5.2): FIN and opcode 1. */
const finText = 0x81
const nothing = Buffer.alloc(0)

/**
 * One STOMP frame inside one WebSocket text frame, as a server sends it: `prefix`, `tail`, `body`, NUL.
 * `tail` must be ASCII. The result may be written to any number of sockets.
 *
 * The WebSocket header is written here because `ws` would hand back two buffers a socket for each delivery.
 */
export function textFrame(prefix: Uint8Array, tail: string, body: Uint8Array): Buffer {
  const payloadBytes = prefix.length + tail.length + body.length + 1
  const headerBytes = payloadBytes < 126 ? 2 : payloadBytes < 65_536 ? 4 : 10
  const frame = Buffer.allocUnsafe(headerBytes + payloadBytes)
  frame[0] = finText
  if (headerBytes === 2) frame[1] = payloadBytes
  else if (headerBytes === 4) {
    frame[1] = 126
    frame[2] = payloadBytes >>> 8
    frame[3] = payloadBytes
  } else {
    frame[1] = 127
    frame.writeUIntBE(0, 2, 2)
    frame.writeUIntBE(payloadBytes, 4, 6)
  }
  frame.set(prefix, headerBytes)
  frame.write(tail, headerBytes + prefix.length, 'latin1')
  frame.set(body, headerBytes + prefix.length + tail.length)
  frame[headerBytes + payloadBytes - 1] = 0
  return frame
}

/** A heart-beat: one line end in a WebSocket message of its own. */
export const heartBeatFrame = Buffer.from([finText, 1, 10])

/** A whole STOMP frame without a body template: for all but MESSAGE. */
export function plainFrame(head: string, body = ''): Buffer {
  return textFrame(Buffer.from(`${head}\n\n${body}`), '', nothing)
}
