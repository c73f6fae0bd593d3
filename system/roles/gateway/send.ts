import { isUtf8 } from 'node:buffer'
import { parseObject, type SendPayload, sendPayload } from '../../chat/send-payload.ts'
import type { Accepted } from '../../pipelines/pipeline.ts'
import { type SendTarget, sendTarget } from '../../protocol/destinations.ts'
import { ChatError } from '../../protocol/errors.ts'
import type { Draft } from '../../protocol/message.ts'
import { headerKeys, type StompFrame } from '../../protocol/stomp/frame.ts'
import { asMember, checkRate, checkToken } from './access.ts'
import type { Connection } from './connection.ts'
import type { GatewayParts } from './parts.ts'
import { refuse } from './refusal.ts'
import type { RefusedWork } from './refusal-body.ts'
import { actInRoom } from './room-actions.ts'

/** SEND. Throws what is fatal; every other refusal is answered here. */
export function send(parts: GatewayParts, connection: Connection, frame: StompFrame): Promise<void> | undefined {
  const destination = frame.header(headerKeys.destination)
  if (destination === undefined) throw new ChatError('SYS-400', 'SEND needs a header destination')
  if (frame.raw(headerKeys.transaction) !== undefined) {
    throw new ChatError('SYS-501', 'transactions are not offered; send without the header transaction')
  }
  connection.isSender = true
  const receiptId = frame.raw(headerKeys.receipt)
  let clientMessageId: string | undefined
  try {
    const target = checkSend(parts, connection, destination)
    if (!isUtf8(frame.body)) throw new ChatError('MSG-400', 'the payload is not UTF-8')
    const fields = parseObject(frame.body.length === 0 ? '{}' : frame.body.toString('utf8'))
    if (target.action !== 'send') return actInRoom(parts, connection, target, fields, receiptId)
    if (typeof fields.clientMessageId === 'string') clientMessageId = fields.clientMessageId
    return takeIn(parts, connection, target.roomId, sendPayload(fields), receiptId)
  } catch (error) {
    if (!(error instanceof ChatError)) throw error
    refuse(parts, connection, error, { receiptId, clientMessageId })
    return undefined
  }
}

function checkSend(parts: GatewayParts, connection: Connection, destination: string): SendTarget & { kind: 'room' } {
  checkToken(connection.login!.claims)
  checkRate(parts, connection, connection.lastReadMs)
  const target = sendTarget(destination)
  if (target === undefined) throw new ChatError('SYS-404', `nothing takes a SEND to ${destination}`)
  if (target.kind === 'presence') throw new ChatError('SYS-501', 'presence is not offered by this system')
  return target
}

function takeIn(
  parts: GatewayParts,
  connection: Connection,
  roomId: string,
  payload: SendPayload,
  receiptId: string | undefined,
): Promise<void> | undefined {
  const readAtMs = connection.lastReadMs
  const work: RefusedWork = { receiptId, clientMessageId: payload.clientMessageId }
  return asMember(parts, connection, roomId, {
    go: () => {
      const { userId, nickname } = connection.login!.claims
      const draft: Draft = {
        id: parts.newId(),
        roomId,
        senderId: userId,
        nickname,
        ...payload,
        // Wall clock of the moment it was read: how long ago that was, the monotonic clock knows.
        acceptedAtMs: Math.round(Date.now() - (performance.now() - readAtMs)),
      }
      handOver(parts, connection, draft, readAtMs, work)
      return undefined
    },
    stop: (error) => refuse(parts, connection, error, work),
  })
}

function handOver(
  parts: GatewayParts,
  connection: Connection,
  draft: Draft,
  readAtMs: number,
  work: RefusedWork,
): void {
  const { accept, ack } = parts.metrics
  connection.inFlight++
  accept.observeMs(performance.now() - readAtMs)
  parts.context.pipeline.accept(draft, (outcome) => {
    ack.observeMs(performance.now() - readAtMs)
    connection.inFlight--
    if (outcome instanceof Error) refuse(parts, connection, outcome, work)
    else acknowledge(parts, connection, outcome, work)
    if (connection.inFlight === 0) connection.farewell?.()
    if (parts.pressure.active) parts.turn.schedule()
  })
  parts.pressure.rise()
}

function acknowledge(parts: GatewayParts, connection: Connection, accepted: Accepted, work: RefusedWork): void {
  parts.metrics.accepted.inc()
  connection.acknowledge(work.receiptId)
  const queue = connection.queues.get('/user/queue/acks')
  if (queue === undefined) return
  const { id, roomId, seq } = accepted
  const json = Buffer.from(JSON.stringify({ clientMessageId: work.clientMessageId, id, roomId, seq }))
  for (const template of queue.values()) {
    parts.metrics.framesOut.inc()
    connection.write(template.frame(id, json))
  }
}
