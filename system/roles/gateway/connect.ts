import { ChatError } from '../../protocol/errors.ts'
import { headerKeys, type StompFrame } from '../../protocol/stomp/frame.ts'
import { connectedFrame } from '../../protocol/stomp/server-frames.ts'
import type { Connection } from './connection.ts'
import { agreeHeartBeat } from './heart-beat.ts'
import type { GatewayParts } from './parts.ts'
import { watchPulse } from './pulse.ts'

const version = '1.2'
const server = 'chat-gateway/0.1.0'

/** CONNECT or STOMP: version, heart-beat, token; then CONNECTED. Rejects with what is fatal. */
export async function connect(parts: GatewayParts, connection: Connection, frame: StompFrame): Promise<void> {
  // A client that does not name versions speaks 1.0.
  const offered = frame.header(headerKeys.acceptVersion)?.split(',') ?? ['1.0']
  if (!offered.some((one) => one.trim() === version)) {
    const error = new ChatError('SYS-400', `this server speaks STOMP ${version} only; the client offers ${offered}`)
    connection.fail(error, undefined, [['version', version]])
    return
  }
  const { tokens, edition } = parts.context
  const heartBeat = agreeHeartBeat(frame.header(headerKeys.heartBeat), edition.knobs.heartbeatMs)
  const inFrame = frame.header(headerKeys.authorization) ?? frame.header(headerKeys.authorizationLower)
  const claims = await tokens.verify(bearerToken(inFrame ?? connection.httpAuthorization))
  if (connection.state !== 'connecting') return
  const nowMs = performance.now()
  connection.login = { claims, bucket: parts.users.add(claims.userId, connection, nowMs) }
  connection.heartBeat = heartBeat
  connection.state = 'connected'
  parts.metrics.framesOut.inc()
  connection.write(
    connectedFrame({
      heartBeat: `${edition.knobs.heartbeatMs},${edition.knobs.heartbeatMs}`,
      session: connection.id,
      server,
      userName: claims.userId,
    }),
  )
  watchPulse(parts, connection, nowMs)
}

function bearerToken(authorization: string | undefined): string {
  const match = /^bearer +(\S+) *$/i.exec(authorization ?? '')
  if (match === null) throw new ChatError('AUTH-401', 'CONNECT needs the header `Authorization: Bearer <access token>`')
  return match[1] as string
}
