import { limits } from '../../protocol/limits.ts'

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
