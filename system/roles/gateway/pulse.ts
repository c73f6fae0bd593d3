import { ChatError } from '../../protocol/errors.ts'
import { heartBeatFrame } from '../../protocol/stomp/websocket.ts'
import type { Connection } from './connection.ts'
import { isSilent, nextLookMs, owesBeat } from './heart-beat.ts'
import type { GatewayParts } from './parts.ts'

/** Puts a connected client on the wheel, if heart-beats were agreed. */
export function watchPulse(parts: GatewayParts, connection: Connection, nowMs: number): void {
  const next = nextLookMs(connection, nowMs, beatMarginMs(parts))
  if (next === undefined) parts.wheel.cancel(connection)
  else parts.wheel.schedule(connection, next)
}

/** What the wheel calls: the CONNECT deadline, a heart-beat to send or missed, the end of a slow consumer's grace. */
export function onDue(parts: GatewayParts, connection: Connection, nowMs: number): void {
  if (connection.state === 'closed') connection.terminate()
  else if (connection.state === 'connecting') {
    const seconds = parts.bounds.connectDeadlineMs / 1000
    connection.fail(new ChatError('SYS-400', `no CONNECT within ${seconds} s`))
  } else {
    if (owesBeat(connection, nowMs, beatMarginMs(parts))) {
      connection.write(heartBeatFrame)
      connection.flush(nowMs)
    }
    if (isSilent(connection, nowMs)) onSilence(parts, connection, nowMs)
    else {
      connection.suspected = false
      watchPulse(parts, connection, nowMs)
    }
  }
}

function onSilence(parts: GatewayParts, connection: Connection, nowMs: number): void {
  if (connection.suspected && connection.bytesRead === connection.bytesSeen) {
    connection.fail(new ChatError('SYS-400', 'the client was silent for twice its heart-beat'))
    return
  }
  connection.suspected = true
  connection.bytesSeen = connection.bytesRead
  parts.wheel.schedule(connection, nowMs + beatMarginMs(parts))
}

/** Fine enough to keep the agreed times, coarse enough to cost nothing. */
export function tickMs(heartbeatMs: number): number {
  return Math.min(250, Math.max(5, Math.floor(heartbeatMs / 20) || 250))
}

function beatMarginMs(parts: GatewayParts): number {
  return 2 * tickMs(parts.context.edition.knobs.heartbeatMs)
}
