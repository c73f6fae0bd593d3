import type { Logger } from 'pino'
import { topics } from '../../chat/record.ts'
import { seqOf } from '../../chat/sequencer.ts'
import type { DurableLog } from '../../logs/log.ts'
import { partitionOf } from '../../logs/partition.ts'
import type { ChatMessage, Signal } from '../../protocol/message.ts'
import type { RedisAddress } from '../../redis/address.ts'
import { RedisConnection } from '../../redis/connection.ts'
import type { Store } from '../../stores/store.ts'
import type { Fanout, FanoutGuarantees, FanoutHandler, FanoutSubscription } from '../fanout.ts'
import { LogSignals } from '../log-signals.ts'
import { SharedCall } from '../shared-call.ts'
import { StoreProgress } from '../store-progress.ts'
import { Subscribers } from '../subscribers.ts'
import { type Channels, channelsOf, decodePublication, type RedisFanoutKind } from './channels.ts'
import { RoomFeed } from './feed.ts'
import { Repairs } from './repair.ts'
import { Subscriber } from './subscriber.ts'

export interface RedisFanoutParts {
  readonly log: DurableLog
  readonly store: Pick<Store, 'logEpoch' | 'readAfter' | 'lastSeqs'>
  readonly partitions: number
  readonly redis: RedisAddress
  readonly logger: Logger
}

/** A room somebody of this process listens to. */
interface Room {
  readonly feed: RoomFeed
  followers: number
  /** Pending until the room's messages come; undefined afterwards. */
  following: Promise<void> | undefined
}

/**
 * Fan-out through Redis: the relay reads the log and publishes, a gateway listens to the channels of the rooms that
 * have members there. Redis loses what it publishes to nobody, so every room has its feed, which sees by `prevSeq` what
 * is missing, and a repair, which reads that from the store; after a reconnect every room is repaired.
 *
 * Start: a room is followed from the log's end, asked after its channel was subscribed.
 */
export function openRedisFanout(kind: RedisFanoutKind, parts: RedisFanoutParts): Fanout {
  return new RedisFanout(kind, parts)
}

class RedisFanout implements Fanout {
  readonly guarantees: FanoutGuarantees = { source: 'log', crossProcess: true }
  readonly #parts: RedisFanoutParts
  readonly #channels: Channels
  readonly #subscribers = new Subscribers()
  readonly #signals: LogSignals
  readonly #connection: RedisConnection
  readonly #subscriber: Subscriber
  readonly #repairs: Repairs
  readonly #rooms = new Map<string, Room>()
  readonly #logEnd: SharedCall<(roomId: string) => number>
  #started: Promise<void> | undefined
  #epoch = 0
  #partitions = 0

  constructor(kind: RedisFanoutKind, parts: RedisFanoutParts) {
    const { log, store, logger, redis } = parts
    this.#parts = parts
    this.#channels = channelsOf(kind, redis.prefix)
    this.#signals = new LogSignals(parts, this.#subscribers)
    this.#connection = new RedisConnection(redis, logger)
    this.#subscriber = new Subscriber(
      this.#connection,
      (text) => this.#take(text),
      () => this.#repairAll(),
    )
    this.#logEnd = new SharedCall(async () => this.#endsOf(await log.endOffsets(topics.messages)))
    const progress = new StoreProgress(log)
    this.#repairs = new Repairs({
      store,
      logEnd: () => this.#logEnd.start(),
      caughtUp: () => progress.caughtUp(),
      deliver: (messages) => this.#subscribers.messages(messages),
      logger,
    })
  }

  async subscribe(handler: FanoutHandler): Promise<FanoutSubscription> {
    const subscription = this.#subscribers.add(handler)
    this.#started ??= this.#start()
    try {
      await this.#started
    } catch (error) {
      this.#started = undefined
      await subscription.close()
      throw error
    }
    return subscription
  }

  publish(): void {
    throw new TypeError('the relay publishes what is in the log: nothing else is published to this fan-out')
  }

  follow(roomId: string): Promise<void> | undefined {
    let room = this.#rooms.get(roomId)
    if (room === undefined) {
      room = { feed: new RoomFeed(), followers: 0, following: undefined }
      this.#rooms.set(roomId, room)
      room.following = this.#begin(roomId, room)
    }
    room.followers += 1
    return room.following
  }

  unfollow(roomId: string): void {
    const room = this.#rooms.get(roomId)
    if (room === undefined) return
    room.followers -= 1
    if (room.followers === 0) this.#drop(roomId, room)
  }

  signal(signals: readonly Signal[]): Promise<void> {
    return this.#signals.send(signals)
  }

  lastSeq(roomId: string): number | undefined {
    return this.#rooms.get(roomId)?.feed.shownSeq
  }

  unready(): string[] {
    if (this.#started === undefined) return []
    return [...this.#connection.reasons(), ...this.#signals.reasons(), ...this.#repairs.reasons()]
  }

  async close(): Promise<void> {
    this.#repairs.close()
    this.#subscribers.clear()
    this.#rooms.clear()
    this.#connection.close()
    await this.#signals.stop()
  }

  async #start(): Promise<void> {
    const { log, store, partitions } = this.#parts
    const topic = await log.openTopic(topics.messages, partitions)
    this.#partitions = topic.partitions
    this.#epoch = await store.logEpoch(topic.id)
    await this.#signals.start()
    try {
      await this.#connection.connect()
    } catch (error) {
      await this.#signals.stop()
      throw error
    }
    if (this.#channels.all !== undefined) await this.#subscriber.add(this.#channels.all)
  }

  async #begin(roomId: string, room: Room): Promise<void> {
    try {
      await this.#started
      const comes = this.#channels.all !== undefined || (await this.#subscriber.add(this.#channels.of(roomId)))
      const endOf = await this.#logEnd.start()
      const messages = room.feed.open(endOf(roomId))
      room.following = undefined
      if (!comes || room.feed.gapped) this.#repairs.want(roomId, room.feed)
      if (messages.length > 0) this.#subscribers.messages(messages)
    } catch (error) {
      this.#drop(roomId, room)
      throw error
    }
  }

  #drop(roomId: string, room: Room): void {
    if (this.#rooms.get(roomId) !== room) return
    this.#rooms.delete(roomId)
    this.#repairs.forget(roomId)
    if (this.#channels.all === undefined) this.#subscriber.remove(this.#channels.of(roomId))
  }

  #take(text: string): void {
    const publication = decodePublication(text)
    if (publication === undefined) {
      this.#parts.logger.warn({ text: text.slice(0, 200) }, 'what came through Redis is no publication')
      return
    }
    const messages: ChatMessage[] = []
    for (const message of publication) {
      const room = this.#rooms.get(message.roomId)
      if (room === undefined) continue
      messages.push(...room.feed.take(message))
      if (room.feed.gapped && room.following === undefined && !this.#repairs.isWanted(message.roomId))
        this.#repairs.want(message.roomId, room.feed)
    }
    if (messages.length > 0) this.#subscribers.messages(messages)
  }

  #repairAll(): void {
    for (const [roomId, { feed }] of this.#rooms) this.#repairs.want(roomId, feed)
  }

  #endsOf(ends: ReadonlyMap<number, number>): (roomId: string) => number {
    return (roomId) => seqOf(this.#epoch, (ends.get(partitionOf(roomId, this.#partitions)) ?? 0) - 1)
  }
}
