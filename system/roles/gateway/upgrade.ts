import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { limits } from '../../protocol/limits.ts'

/** Best first. Clients that offer only the older ones are let in, to read in an ERROR frame which version is spoken. */
const subprotocols = ['v12.stomp', 'v11.stomp', 'v10.stomp']
const retryAfterSeconds = 5

/** A message may hold several frames; a frame over its limit by less than this is still answered with an ERROR. */
const messageSlackBytes = 65_536

export function createWebSocketServer(closeTimeoutMs: number): WebSocketServer {
  const options = {
    noServer: true,
    clientTracking: false,
    // Compression costs six times the CPU and 229 KiB a connection (design.md, hot paths).
    perMessageDeflate: false,
    maxPayload: limits.frameBytes + messageSlackBytes,
    closeTimeout: closeTimeoutMs,
    // STOMP clients that name no subprotocol are served too.
    handleProtocols: (offered: Set<string>) => subprotocols.find((name) => offered.has(name)) ?? false,
  }
  return new WebSocketServer(options)
}

export function isSocketPath(request: IncomingMessage): boolean {
  const path = request.url ?? ''
  return path === '/ws' || path.startsWith('/ws?')
}

export function refuseUpgrade(
  socket: Duplex,
  status: '404 Not Found' | '503 Service Unavailable',
  reason: string,
): void {
  const retryable = status.startsWith('503')
  const code = retryable ? 'SYS-503' : 'SYS-404'
  const body = JSON.stringify({ code, message: reason, retryable })
  const lines = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(retryable ? [`Retry-After: ${retryAfterSeconds}`] : []),
  ]
  // A client that goes away while it is refused must not take the process along.
  socket.on('error', () => socket.destroy())
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
