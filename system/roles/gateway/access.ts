import { ChatError } from '../../protocol/errors.ts'
import type { Claims } from '../tokens.ts'
import type { Connection } from './connection.ts'
import type { GatewayParts } from './parts.ts'
import { unavailable } from './refusal-body.ts'

/** Tokens are checked at CONNECT; here only whether time has run out. Throws AUTH-419. */
export function checkToken(claims: Claims): void {
  if (claims.expiresAtMs <= Date.now()) {
    throw new ChatError('AUTH-419', 'the access token has expired; refresh it and connect again')
  }
}

/** Throws MSG-429 when the user has sent too much. */
export function checkRate(parts: GatewayParts, connection: Connection, nowMs: number): void {
  if (connection.login!.bucket.take(nowMs)) return
  const { sendsPerSecond, sendBurst } = parts.context.edition.knobs
  throw new ChatError(
    'MSG-429',
    `over ${sendsPerSecond} SENDs/s with a burst of ${sendBurst}; wait a second and repeat`,
  )
}

/**
 * Runs `go` for a member and `stop` with the refusal for anybody else: at once when the membership is known,
 * after a look-up otherwise. No promise is made for a member who is known.
 */
export function asMember(
  parts: GatewayParts,
  connection: Connection,
  roomId: string,
  steps: { readonly go: () => Promise<void> | undefined; readonly stop: (error: ChatError) => void },
): Promise<void> | undefined {
  const { userId } = connection.login!.claims
  const nowMs = performance.now()
  if (parts.members.knows(roomId, userId, nowMs)) return steps.go()
  return parts.members.check(roomId, userId, nowMs).then(
    (member) => (member ? steps.go() : steps.stop(new ChatError('ROOM-403', `you are no member of room ${roomId}`))),
    (cause) => steps.stop(unavailable(cause, 'the membership could not be checked')),
  )
}
