import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import type { WebSocket } from 'ws'
import type { TokenBucket } from '../../chat/token-bucket.ts'
import type { UserQueue } from '../../protocol/destinations.ts'
import { ChatError } from '../../protocol/errors.ts'
import { unescapeHeader } from '../../protocol/stomp/escapes.ts'
import { headerKeys, type StompFrame } from '../../protocol/stomp/frame.ts'
import { StompParser } from '../../protocol/stomp/parser.ts'
import { errorFrame, type MessageTemplate, receiptFrame } from '../../protocol/stomp/server-frames.ts'
import type { Claims } from '../tokens.ts'
import type { BackPressure } from './back-pressure.ts'
import type { GatewayBounds } from './bounds.ts'
import { type CloseCode, closeCodes } from './close-codes.ts'
import { type HeartBeat, noHeartBeat, type Pulse } from './heart-beat.ts'
import type { GatewayMetrics } from './metrics.ts'
import { closeCodeOf, refusalJson } from './refusal-body.ts'
import type { Turn } from './turn.ts'

/** Why nothing is read from a socket: a frame is being worked on, the durable step is behind, a drain runs. */
export type HoldReason = 'busy' | 'pressure' | 'drain'

/**
 * Takes one frame. Returns a promise when the connection's next frame must wait: frames take effect in the order
 * they came. A throw or rejection is fatal for the connection; what is not fatal, the handler answers itself.
 */
export type FrameHandler = (connection: Connection, frame: StompFrame) => Promise<void> | undefined

export interface Subscription {
  /** Undefined for a queue of the user. */
  readonly roomId?: string
  readonly queue?: UserQueue
  /** The membership has ended: nothing comes any more, and UNSUBSCRIBE is still in order. */
  revoked?: boolean
}

export interface Login {
  readonly claims: Claims
  /** Shared by all sockets of the user. */
  readonly bucket: TokenBucket
}

/** What a connection uses of its gateway. */
export interface ConnectionParts {
  readonly bounds: GatewayBounds
  readonly metrics: GatewayMetrics
  readonly turn: Turn
  readonly pressure: BackPressure
  readonly logger: Logger
  readonly newId: () => string
}

export interface ConnectionHandlers {
  readonly onFrame: FrameHandler
  /** Called once, before the subscriptions are forgotten. */
  readonly onClosed: (connection: Connection) => void
  /** The connection was closed because it reads too slowly; its backlog still takes memory. */
  readonly onSlow: (connection: Connection) => void
}

export interface Transport {
  readonly ws: WebSocket
  /** The socket under `ws`. */
  readonly socket: Duplex
  readonly httpAuthorization: string | undefined
}

/** One socket: bytes to frames in order, frames to bytes once a turn, and its end. */
export class Connection implements Pulse {
  readonly id: string
  /** `Authorization` of the HTTP upgrade, for clients that cannot set headers of CONNECT. */
  readonly httpAuthorization: string | undefined
  readonly subscriptions = new Map<string, Subscription>()
  readonly queues = new Map<UserQueue, Map<string, MessageTemplate>>()
  state: 'connecting' | 'connected' | 'disconnecting' | 'closed' = 'connecting'
  login: Login | undefined
  heartBeat: HeartBeat = noHeartBeat
  lastReadMs: number
  lastWriteMs: number
  /** Set at the first late look, so that a stalled event loop gets a turn to read before anybody is cut. */
  suspected = false
  /** Bytes the socket had read at the last look: a large frame on a thin line is no silence. */
  bytesSeen = 0
  isSender = false
  /** Drafts of this connection in the pipeline. */
  inFlight = 0
  /** What DISCONNECT waits for: its receipt, once `inFlight` is 0. */
  farewell: (() => void) | undefined

  readonly #parts: ConnectionParts
  readonly #handlers: ConnectionHandlers
  readonly #socket: Duplex
  readonly #ws: WebSocket
  readonly #parser = new StompParser()
  readonly #holds = new Set<HoldReason>()
  #busy = false
  #corked = false

  constructor(parts: ConnectionParts, transport: Transport, handlers: ConnectionHandlers) {
    this.id = parts.newId()
    this.httpAuthorization = transport.httpAuthorization
    this.#parts = parts
    this.#ws = transport.ws
    this.#socket = transport.socket
    this.#handlers = handlers
    this.lastReadMs = this.lastWriteMs = performance.now()
  }

  get readingHeld(): boolean {
    return this.#holds.size > 0
  }

  get bytesRead(): number {
    return 'bytesRead' in this.#socket ? (this.#socket.bytesRead as number) : 0
  }

  /** Takes the bytes of one WebSocket message. */
  receive(chunk: Buffer): void {
    if (this.state === 'closed') return
    this.lastReadMs = performance.now()
    this.#parser.push(chunk)
    if (this.#busy) this.hold('busy')
    else this.#pump()
  }

  #pump(): void {
    while (!this.#busy && !this.#holds.has('drain') && this.state !== 'closed') {
      if (this.#parts.pressure.active && this.isSender && this.#parser.heldBytes > 0) {
        this.#parts.pressure.hold(this)
        return
      }
      try {
        const frame = this.#parser.next()
        if (frame === undefined) return
        this.#parts.metrics.framesIn.inc()
        this.#take(frame)
      } catch (error) {
        this.fail(error)
      }
    }
  }

  #take(frame: StompFrame): void {
    // After DISCONNECT a client must not send; what it sends all the same is not looked at.
    if (this.state === 'disconnecting') return
    const receiptOf = () => (this.state === 'connecting' ? undefined : frame.raw(headerKeys.receipt))
    try {
      const work = this.#handlers.onFrame(this, frame)
      if (work === undefined) return
      const receiptId = receiptOf()
      this.#busy = true
      work
        .catch((error) => this.fail(error, receiptId))
        .then(() => {
          this.#busy = false
          this.letGo('busy')
          this.#pump()
        })
    } catch (error) {
      this.fail(error, receiptOf())
    }
  }

  /** Stops reading. Heart-beats of a client that is not read are not missed. */
  hold(reason: HoldReason): void {
    if (this.state === 'closed') return
    this.#holds.add(reason)
    this.#ws.pause()
  }

  letGo(reason: HoldReason): void {
    if (!this.#holds.delete(reason) || this.#holds.size > 0 || this.state === 'closed') return
    this.lastReadMs = performance.now()
    this.#ws.resume()
    this.#pump()
  }

  /** Queues a WebSocket frame for the end of the turn. Too much unread: the connection is closed instead. */
  write(frame: Buffer): void {
    if (this.state === 'closed' || this.#ws.readyState !== this.#ws.OPEN) return
    const boundBytes = this.#parts.bounds.outboundBytesPerSocket
    if (this.#socket.writableLength + frame.length > boundBytes) {
      // What is corked has not met the kernel yet; only what the kernel refuses tells of a slow reader.
      this.flush(performance.now())
      if (this.#socket.writableLength + frame.length > boundBytes) {
        this.#cutSlow()
        return
      }
    }
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      this.#parts.turn.add(this)
    }
    this.#socket.write(frame)
  }

  /** Answers a frame that asked for it; `receiptId` as it stood there. */
  acknowledge(receiptId: string | undefined): void {
    if (receiptId === undefined || this.state === 'closed') return
    this.#parts.metrics.framesOut.inc()
    this.write(receiptFrame(receiptId))
  }

  flush(nowMs: number): void {
    if (!this.#corked) return
    this.#corked = false
    this.lastWriteMs = nowMs
    this.#socket.uncork()
  }

  #cutSlow(): void {
    this.#parts.metrics.slowConsumers.inc()
    this.close(closeCodes.slowConsumer, 'reads too slowly')
    this.#handlers.onSlow(this)
  }

  /** Answers with an ERROR frame and closes, as STOMP demands of every ERROR. */
  fail(cause: unknown, receiptId?: string, headers: readonly (readonly [string, string])[] = []): void {
    if (this.state === 'closed') return
    const error = this.#asChatError(cause)
    this.#parts.metrics.refused(error.code)
    this.#parts.metrics.framesOut.inc()
    const all: (readonly [string, string])[] = [['code', error.code], ...headers]
    if (receiptId !== undefined) all.push(['receipt-id', unescapeHeader(receiptId)])
    this.write(errorFrame(error.message, all, refusalJson(error, {})))
    this.close(closeCodeOf(error), error.code)
  }

  #asChatError(cause: unknown): ChatError {
    if (cause instanceof ChatError) return cause
    this.#parts.logger.error({ err: cause, session: this.id }, 'a frame could not be handled')
    return new ChatError('SYS-500', 'the gateway failed at this frame; connect again and repeat it', { cause })
  }

  /** Flushes, starts the closing handshake and gives back everything but the socket. `reason`: at most 123 bytes. */
  close(code: CloseCode, reason: string): void {
    if (this.state === 'closed') return
    this.flush(performance.now())
    this.release()
    // The client's close frame cannot be read from a paused socket.
    this.#ws.resume()
    this.#ws.close(code, reason)
  }

  /** Forgets the connection; also called when the socket went away by itself. */
  release(): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.#parser.discard()
    this.#holds.clear()
    this.farewell = undefined
    this.#handlers.onClosed(this)
    this.subscriptions.clear()
    this.queues.clear()
  }

  /** Ends the socket without a word. */
  terminate(): void {
    this.release()
    this.#ws.terminate()
  }
}
