import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { WebSocket } from 'ws'
import { MembershipCache } from '../../chat/membership-cache.ts'
import { SubscriptionRegistry } from '../../chat/subscriptions.ts'
import type { FanoutSubscription } from '../../fanouts/fanout.ts'
import { topicOfRoom } from '../../protocol/destinations.ts'
import { MessageTemplate } from '../../protocol/stomp/server-frames.ts'
import { Receipts } from '../receipts.ts'
import type { RoleContext, RunningRole, StartGateway } from '../role.ts'
import { BackPressure } from './back-pressure.ts'
import { type GatewayBounds, gatewayBounds } from './bounds.ts'
import { closeCodes } from './close-codes.ts'
import { handleFrame } from './commands.ts'
import { Connection } from './connection.ts'
import { Delivery } from './delivery.ts'
import { createIdFactory } from './message-id.ts'
import { gatewayMetrics } from './metrics.ts'
import type { GatewayParts } from './parts.ts'
import { onDue, tickMs } from './pulse.ts'
import { forget } from './subscribe.ts'
import { TimerWheel } from './timer-wheel.ts'
import { Turn } from './turn.ts'
import { createWebSocketServer, isSocketPath, refuseUpgrade } from './upgrade.ts'
import { UserRegistry } from './users.ts'

/** Most waves in which a drain sends clients away. */
const drainWaves = 60
const wheelSlots = 512

/** The gateway role: STOMP 1.2 over WebSocket at `/ws` of the server given. */
export const startGateway: StartGateway = (context, server) => startBoundedGateway(context, server, gatewayBounds)

/** The same with other bounds. */
export async function startBoundedGateway(
  context: RoleContext,
  server: Server,
  bounds: GatewayBounds,
): Promise<RunningRole> {
  const parts = createParts(context, bounds)
  const subscription = await context.fanout.subscribe(new Delivery(parts))
  return new Gateway(parts, server, subscription)
}

function createParts(context: RoleContext, bounds: GatewayBounds): GatewayParts {
  const { knobs } = context.edition
  const { directory } = context.store
  const metrics = gatewayMetrics(context.metrics)
  const turn = new Turn()
  const pressure = new BackPressure(context.pipeline, knobs.pendingHigh, knobs.pendingLow, metrics)
  turn.onEnd(() => pressure.fall())
  return {
    context,
    logger: context.logger,
    bounds,
    metrics,
    turn,
    pressure,
    rooms: new SubscriptionRegistry((roomId, id) => new MessageTemplate(id, topicOfRoom(roomId))),
    users: new UserRegistry(knobs.sendsPerSecond, knobs.sendBurst),
    members: new MembershipCache(knobs.membershipCacheMs, (roomId, userId) => directory.isMember(roomId, userId)),
    receipts: new Receipts(context),
    wheel: new TimerWheel(tickMs(knobs.heartbeatMs), wheelSlots, performance.now()),
    newId: createIdFactory(),
  }
}

class Gateway implements RunningRole {
  readonly failed: Promise<never>
  readonly #parts: GatewayParts
  readonly #server: Server
  readonly #subscription: FanoutSubscription
  readonly #sockets: ReturnType<typeof createWebSocketServer>
  readonly #connections = new Set<Connection>()
  readonly #timer: NodeJS.Timeout
  readonly #sweeper: NodeJS.Timeout
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head)
  #emptied: PromiseWithResolvers<void> | undefined
  #draining = false

  constructor(parts: GatewayParts, server: Server, subscription: FanoutSubscription) {
    const { knobs } = parts.context.edition
    this.#parts = parts
    this.#server = server
    this.#subscription = subscription
    this.failed = subscription.failed
    this.failed.catch(() => undefined)
    this.#sockets = createWebSocketServer(parts.bounds.closeTimeoutMs)
    this.#timer = setInterval(() => this.#tick(), tickMs(knobs.heartbeatMs)).unref()
    this.#sweeper = setInterval(() => parts.members.sweep(performance.now()), knobs.membershipCacheMs || 60_000).unref()
    server.on('upgrade', this.#onUpgrade)
  }

  async unready(): Promise<string[]> {
    return this.#draining ? ['the gateway is draining'] : []
  }

  async drain(deadlineMs: number): Promise<void> {
    this.#draining = true
    const endMs = performance.now() + deadlineMs
    await this.#dismiss(deadlineMs / 2)
    await within(this.#parts.context.pipeline.drain(), (endMs - performance.now()) * 0.75)
    this.#parts.turn.flush()
    for (const connection of this.#connections) sendAway(connection)
    await within(this.#empty(), Math.max(0, endMs - performance.now()))
    for (const connection of this.#connections) connection.terminate()
  }

  /**
   * Wave by wave nothing is read any more: what is not read is not accepted, the client repeats it elsewhere, and so the
   * pipeline runs empty. Whose messages are answered is told to go; the last wave is held and not told yet. All at once
   * they would fall upon gateways that have just started, and nobody would read anything meanwhile.
   */
  async #dismiss(mostMs: number): Promise<void> {
    const { drainSpreadMs } = this.#parts.context.edition.knobs
    const all = [...this.#connections]
    const ofWave = Math.ceil(all.length / (drainSpreadMs === 0 ? 1 : drainWaves))
    for (let held = 0; held < all.length && this.#connections.size > 0; held += ofWave) {
      if (held > 0) await within(this.#empty(), Math.min(drainSpreadMs, mostMs) / drainWaves)
      for (const connection of all.slice(0, held)) if (connection.inFlight === 0) sendAway(connection)
      for (const connection of all.slice(held, held + ofWave)) connection.hold('drain')
    }
  }

  async close(): Promise<void> {
    this.#draining = true
    clearInterval(this.#timer)
    clearInterval(this.#sweeper)
    for (const connection of this.#connections) connection.terminate()
    await this.#empty()
    this.#server.off('upgrade', this.#onUpgrade)
    this.#sockets.close()
    this.#parts.pressure.close()
    await this.#subscription.close()
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (!isSocketPath(request)) {
      // Another listener may know the path; if there is none, nobody else would end this socket.
      if (this.#server.listenerCount('upgrade') === 1) refuseUpgrade(socket, '404 Not Found', 'sockets are at /ws')
    } else if (this.#draining) {
      refuseUpgrade(socket, '503 Service Unavailable', 'the gateway is draining; connect to another one')
    } else if (this.#connections.size >= this.#parts.bounds.sockets) {
      refuseUpgrade(socket, '503 Service Unavailable', 'the gateway has as many sockets as it takes; try again later')
    } else {
      this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#open(request, socket, ws))
    }
  }

  #open(request: IncomingMessage, socket: Duplex, ws: WebSocket): void {
    const parts = this.#parts
    const transport = { ws, socket, httpAuthorization: request.headers.authorization }
    const connection = new Connection(parts, transport, {
      onFrame: (from, frame) => handleFrame(parts, from, frame),
      onClosed: (closed) => forget(parts, closed),
      onSlow: (slow) => parts.wheel.schedule(slow, performance.now() + parts.bounds.slowConsumerGraceMs),
    })
    this.#connections.add(connection)
    parts.metrics.connections.inc()
    parts.wheel.schedule(connection, performance.now() + parts.bounds.connectDeadlineMs)
    ws.on('message', (chunk: Buffer) => connection.receive(chunk))
    // `ws` has begun to close the socket with the code that fits: bad UTF-8, too large, broken framing.
    ws.on('error', () => connection.release())
    ws.on('close', () => this.#closed(connection))
  }

  #closed(connection: Connection): void {
    connection.release()
    this.#parts.wheel.cancel(connection)
    this.#connections.delete(connection)
    this.#parts.metrics.connections.dec()
    if (this.#connections.size === 0) this.#emptied?.resolve()
  }

  #tick(): void {
    this.#parts.wheel.advance(performance.now(), (connection, nowMs) => onDue(this.#parts, connection, nowMs))
    // Other roles of the process use the pipeline too, so it may have emptied without a turn of this gateway's.
    this.#parts.pressure.fall()
  }

  #empty(): Promise<void> {
    if (this.#connections.size === 0) return Promise.resolve()
    // No socket is taken any more when somebody waits for this, so it happens once.
    this.#emptied ??= Promise.withResolvers<void>()
    return this.#emptied.promise
  }
}

function sendAway(connection: Connection): void {
  connection.close(closeCodes.restart, 'the gateway restarts')
}

/** Waits for the promise, but no longer than `timeMs`. */
async function within(promise: Promise<void>, timeMs: number): Promise<void> {
  const timer = new AbortController()
  const timeUp = delay(timeMs, undefined, { signal: timer.signal }).catch(() => undefined)
  await Promise.race([promise, timeUp])
  timer.abort()
}
