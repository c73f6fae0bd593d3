import { ChatError } from '../../protocol/errors.ts'
import { headerKeys, type StompFrame } from '../../protocol/stomp/frame.ts'
import { closeCodes } from './close-codes.ts'
import { connect } from './connect.ts'
import type { Connection } from './connection.ts'
import type { GatewayParts } from './parts.ts'
import { send } from './send.ts'
import { subscribe, unsubscribe } from './subscribe.ts'

/** What each client frame does. Throws what is fatal for the connection. */
export function handleFrame(parts: GatewayParts, connection: Connection, frame: StompFrame): Promise<void> | undefined {
  if (connection.state === 'connecting') return beforeConnected(parts, connection, frame)
  switch (frame.command) {
    case 'SEND':
      return send(parts, connection, frame)
    case 'SUBSCRIBE':
      return subscribe(parts, connection, frame)
    case 'UNSUBSCRIBE':
      unsubscribe(parts, connection, frame)
      return undefined
    case 'DISCONNECT':
      disconnect(connection, frame)
      return undefined
    // Delivery is at most once a socket and repaired by history, so there is nothing an ACK could release, and a
    // SEND takes effect by itself. STOMP lets a server refuse with ERROR; it does not let it pretend.
    case 'ACK':
    case 'NACK':
      throw new ChatError('SYS-501', `${frame.command} is not offered; subscribe with ack:auto`)
    case 'BEGIN':
    case 'COMMIT':
    case 'ABORT':
      throw new ChatError(
        'SYS-501',
        `${frame.command} is not offered: a SEND takes effect by itself, without transactions`,
      )
    case 'CONNECT':
    case 'STOMP':
      throw new ChatError('SYS-400', 'the connection is connected already')
    default:
      throw new ChatError('SYS-400', `${frame.command} is a frame of servers`)
  }
}

function beforeConnected(parts: GatewayParts, connection: Connection, frame: StompFrame): Promise<void> {
  if (frame.command === 'CONNECT' || frame.command === 'STOMP') return connect(parts, connection, frame)
  throw new ChatError('SYS-400', `${frame.command} came before CONNECT`)
}

/** The receipt comes after the answers to all SENDs of the socket: it is the last thing the client waits for. */
function disconnect(connection: Connection, frame: StompFrame): void {
  const receiptId = frame.raw(headerKeys.receipt)
  connection.state = 'disconnecting'
  connection.farewell = () => {
    connection.acknowledge(receiptId)
    connection.close(closeCodes.normal, 'disconnected')
  }
  if (connection.inFlight === 0) connection.farewell()
}
