import type { ChatError } from '../../protocol/errors.ts'
import type { Connection } from './connection.ts'
import type { GatewayParts } from './parts.ts'
import { type RefusedWork, refusalJson } from './refusal-body.ts'

/**
 * Refuses one request. A client that listens on `/user/queue/errors` keeps its socket and reads it there; any
 * other gets an ERROR frame, after which STOMP leaves no choice but to close. Never silence.
 */
export function refuse(parts: GatewayParts, connection: Connection, error: ChatError, work: RefusedWork): void {
  const queue = connection.queues.get('/user/queue/errors')
  if (queue === undefined && connection.state !== 'closed') {
    connection.fail(error, work.receiptId)
    return
  }
  parts.metrics.refused(error.code)
  if (queue === undefined) return
  const json = refusalJson(error, work)
  for (const template of queue.values()) {
    parts.metrics.framesOut.inc()
    connection.write(template.frame(parts.newId(), Buffer.from(json)))
  }
}
