import { subscribeTarget, type UserQueue } from '../../protocol/destinations.ts'
import { ChatError } from '../../protocol/errors.ts'
import { headerKeys, type StompFrame } from '../../protocol/stomp/frame.ts'
import { MessageTemplate } from '../../protocol/stomp/server-frames.ts'
import { checkToken } from './access.ts'
import type { Connection, Subscription } from './connection.ts'
import type { GatewayParts } from './parts.ts'
import { refuse } from './refusal.ts'
import { unavailable } from './refusal-body.ts'

const longestId = 256
const ackModes = ['auto', 'client', 'client-individual']

/** SUBSCRIBE. Throws or rejects with what is fatal; an expired token and a store that is down are not. */
export function subscribe(parts: GatewayParts, connection: Connection, frame: StompFrame): Promise<void> | undefined {
  const id = frame.header(headerKeys.id)
  const destination = frame.header(headerKeys.destination)
  const receiptId = frame.raw(headerKeys.receipt)
  checkSubscribe(parts, connection, id, destination, frame.header(headerKeys.ack) ?? 'auto')
  const target = subscribeTarget(destination as string)
  if (target === undefined) throw new ChatError('SYS-404', `nobody can subscribe to ${destination}`)
  const { claims } = connection.login!
  try {
    checkToken(claims)
  } catch (error) {
    refuse(parts, connection, unavailable(error, ''), { receiptId })
    return undefined
  }
  if (target.kind === 'queue') {
    addQueue(connection, id as string, target.queue)
    connection.acknowledge(receiptId)
    return undefined
  }
  const { roomId } = target
  const { fanout } = parts.context
  const add = () => {
    connection.subscriptions.set(id as string, { roomId })
    parts.rooms.add(roomId, id as string, connection)
    connection.acknowledge(receiptId)
  }
  const follow = () => {
    const following = fanout.follow(roomId)
    if (following === undefined) return add()
    return following.then(
      () => (connection.state === 'connected' ? add() : fanout.unfollow(roomId)),
      (cause) => refuse(parts, connection, unavailable(cause, 'the room could not be followed'), { receiptId }),
    )
  }
  const nowMs = performance.now()
  if (!parts.members.knows(roomId, claims.userId, nowMs)) {
    return parts.members.check(roomId, claims.userId, nowMs).then(
      (member) => {
        if (!member) throw new ChatError('ROOM-403', `you are no member of room ${roomId}`)
        if (connection.state === 'connected') return follow()
      },
      (cause) => refuse(parts, connection, unavailable(cause, 'the membership could not be checked'), { receiptId }),
    )
  }
  return follow() ?? undefined
}

function checkSubscribe(
  parts: GatewayParts,
  connection: Connection,
  id: string | undefined,
  destination: string | undefined,
  ack: string,
): void {
  if (id === undefined || id === '' || id.length > longestId) {
    throw new ChatError('SYS-400', `SUBSCRIBE needs a header id of 1 to ${longestId} characters`)
  }
  if (destination === undefined) throw new ChatError('SYS-400', 'SUBSCRIBE needs a header destination')
  if (!ackModes.includes(ack)) throw new ChatError('SYS-400', `ack must be one of ${ackModes.join(', ')}`)
  if (ack !== 'auto') throw new ChatError('SYS-501', `ack:${ack} is not offered; subscribe with ack:auto`)
  if (connection.subscriptions.has(id)) throw new ChatError('SYS-400', `subscription id ${id} is in use on this socket`)
  const most = parts.bounds.subscriptionsPerSocket
  if (connection.subscriptions.size >= most)
    throw new ChatError('SYS-400', `a socket has at most ${most} subscriptions`)
}

function addQueue(connection: Connection, id: string, queue: UserQueue): void {
  let templates = connection.queues.get(queue)
  if (templates === undefined) {
    templates = new Map()
    connection.queues.set(queue, templates)
  }
  templates.set(id, new MessageTemplate(id, queue))
  connection.subscriptions.set(id, { queue })
}

export function unsubscribe(parts: GatewayParts, connection: Connection, frame: StompFrame): void {
  const id = frame.header(headerKeys.id)
  const subscription = id === undefined ? undefined : connection.subscriptions.get(id)
  if (id === undefined || subscription === undefined) {
    throw new ChatError('SYS-400', 'UNSUBSCRIBE needs the id of a subscription of this socket')
  }
  end(parts, connection, id, subscription)
  connection.subscriptions.delete(id)
  connection.acknowledge(frame.raw(headerKeys.receipt))
}

/** Ends the room's subscriptions of a socket whose user is a member no more. */
export function revoke(parts: GatewayParts, connection: Connection, roomId: string): void {
  for (const [id, subscription] of connection.subscriptions) {
    if (subscription.roomId !== roomId || subscription.revoked) continue
    end(parts, connection, id, subscription)
    subscription.revoked = true
  }
}

/** Gives back everything a connection has in the shared registries. */
export function forget(parts: GatewayParts, connection: Connection): void {
  for (const [id, subscription] of connection.subscriptions) end(parts, connection, id, subscription)
  if (connection.login !== undefined) parts.users.remove(connection.login.claims.userId, connection)
  parts.pressure.forget(connection)
  parts.wheel.cancel(connection)
}

function end(parts: GatewayParts, connection: Connection, id: string, { roomId, queue, revoked }: Subscription): void {
  if (roomId !== undefined && !revoked) {
    parts.rooms.remove(roomId, id, connection)
    parts.context.fanout.unfollow(roomId)
  }
  if (queue === undefined) return
  const templates = connection.queues.get(queue)
  templates?.delete(id)
  if (templates?.size === 0) connection.queues.delete(queue)
}
