import type { MembershipCache } from '../../chat/membership-cache.ts'
import type { SubscriptionRegistry } from '../../chat/subscriptions.ts'
import { limits } from '../../protocol/limits.ts'
import type { MessageTemplate } from '../../protocol/stomp/server-frames.ts'
import type { RoleContext } from '../role.ts'
import type { BackPressure } from './back-pressure.ts'
import type { Connection } from './connection.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { TimerWheel } from './timer-wheel.ts'
import type { Turn } from './turn.ts'
import type { UserRegistry } from './users.ts'

/** What the files of a gateway share; one is made a gateway. */
export interface GatewayParts {
  readonly context: RoleContext
  readonly bounds: GatewayBounds
  readonly metrics: GatewayMetrics
  readonly rooms: SubscriptionRegistry<Connection, MessageTemplate>
  readonly users: UserRegistry
  readonly members: MembershipCache
  readonly turn: Turn
  readonly wheel: TimerWheel<Connection>
  readonly pressure: BackPressure
  /** ULIDs, rising within this gateway. */
  readonly newId: () => string
}

/** Bounds of one gateway; tests set smaller ones. */
export interface GatewayBounds {
  readonly sockets: number
  readonly subscriptionsPerSocket: number
  readonly outboundBytesPerSocket: number
  /** From the upgrade to a complete CONNECT with a good token. */
  readonly connectDeadlineMs: number
  /** A slow consumer may take its backlog and the close frame within this time; then its memory is freed. */
  readonly slowConsumerGraceMs: number
  /** How long a closing handshake may take. */
  readonly closeTimeoutMs: number
}

export const gatewayBounds: GatewayBounds = {
  sockets: limits.socketsPerGateway,
  subscriptionsPerSocket: limits.subscriptionsPerSocket,
  outboundBytesPerSocket: limits.outboundBytesPerSocket,
  connectDeadlineMs: 10_000,
  slowConsumerGraceMs: 1_000,
  closeTimeoutMs: 5_000,
}
