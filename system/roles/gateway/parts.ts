import type { Logger } from 'pino'
import type { MembershipCache } from '../../chat/membership-cache.ts'
import type { SubscriptionRegistry } from '../../chat/subscriptions.ts'
import type { MessageTemplate } from '../../protocol/stomp/server-frames.ts'
import type { Receipts } from '../receipts.ts'
import type { RoleContext } from '../role.ts'
import type { BackPressure } from './back-pressure.ts'
import type { GatewayBounds } from './bounds.ts'
import type { Connection } from './connection.ts'
import type { GatewayMetrics } from './metrics.ts'
import type { TimerWheel } from './timer-wheel.ts'
import type { Turn } from './turn.ts'
import type { UserRegistry } from './users.ts'

/** What the files of a gateway share; one is made a gateway. */
export interface GatewayParts {
  readonly context: RoleContext
  readonly logger: Logger
  readonly bounds: GatewayBounds
  readonly metrics: GatewayMetrics
  readonly rooms: SubscriptionRegistry<Connection, MessageTemplate>
  readonly users: UserRegistry<Connection>
  readonly members: MembershipCache
  readonly receipts: Receipts
  readonly turn: Turn
  readonly wheel: TimerWheel<Connection>
  readonly pressure: BackPressure
  /** ULIDs, rising within this gateway. */
  readonly newId: () => string
}
