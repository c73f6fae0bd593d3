import { ChatError } from '../../protocol/errors.ts'

/** What CONNECT and CONNECTED agreed on (STOMP 1.2, Heart-beating); 0 means none in that direction. */
export interface HeartBeat {
  /** The server writes something at least this often. */
  readonly outgoingMs: number
  /** The client writes something at least this often. */
  readonly incomingMs: number
}

export const noHeartBeat: HeartBeat = { outgoingMs: 0, incomingMs: 0 }

/**
 * `offer` is the client's header `heart-beat:<cx>,<cy>`: what it can send and what it wants to get.
 * Each direction beats at the slower of the two wishes, or not at all when either side says 0.
 * Throws SYS-400 when the header is malformed.
 */
export function agreeHeartBeat(offer: string | undefined, serverMs: number): HeartBeat {
  if (offer === undefined) return noHeartBeat
  const match = /^(\d{1,9}),(\d{1,9})$/.exec(offer)
  if (match === null) throw new ChatError('SYS-400', 'heart-beat must be two numbers of milliseconds: <send>,<receive>')
  const slower = (clientMs: number) => (clientMs === 0 || serverMs === 0 ? 0 : Math.max(clientMs, serverMs))
  return { outgoingMs: slower(Number(match[2])), incomingMs: slower(Number(match[1])) }
}

/** The state of one connection that heart-beats are decided on; times on one monotonic clock. */
export interface Pulse {
  readonly heartBeat: HeartBeat
  readonly lastReadMs: number
  readonly lastWriteMs: number
  /** Nothing is read on purpose, so silence says nothing about the client. */
  readonly readingHeld: boolean
}

/** How long a client may be silent: twice what was agreed, for the network and its timers have their own delays. */
export function silenceLimitMs(heartBeat: HeartBeat): number {
  return 2 * heartBeat.incomingMs
}

export function isSilent(pulse: Pulse, nowMs: number): boolean {
  const { heartBeat, lastReadMs, readingHeld } = pulse
  return heartBeat.incomingMs > 0 && !readingHeld && nowMs - lastReadMs > silenceLimitMs(heartBeat)
}

/** `marginMs` before the agreed time is up, so that the beat arrives in time although timers tick. */
export function owesBeat(pulse: Pulse, nowMs: number, marginMs: number): boolean {
  const { heartBeat, lastWriteMs } = pulse
  return heartBeat.outgoingMs > 0 && nowMs - lastWriteMs >= heartBeat.outgoingMs - marginMs
}

/** When to look at the connection again; undefined when no heart-beats were agreed. */
export function nextLookMs(pulse: Pulse, nowMs: number, marginMs: number): number | undefined {
  const { heartBeat, lastReadMs, lastWriteMs, readingHeld } = pulse
  const writeMs = heartBeat.outgoingMs > 0 ? lastWriteMs + heartBeat.outgoingMs - marginMs : Number.POSITIVE_INFINITY
  const heardMs = readingHeld ? nowMs : lastReadMs
  const readMs = heartBeat.incomingMs > 0 ? heardMs + silenceLimitMs(heartBeat) : Number.POSITIVE_INFINITY
  const next = Math.min(writeMs, readMs)
  return next === Number.POSITIVE_INFINITY ? undefined : next
}
