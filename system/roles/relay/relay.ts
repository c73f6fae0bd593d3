import { Counter, type Registry } from 'prom-client'
import { persistGroup, relayGroup, topics } from '../../chat/record.ts'
import { Sequencer } from '../../chat/sequencer.ts'
import { type Channels, channelsOf } from '../../fanouts/redis/channels.ts'
import { publish } from '../../fanouts/redis/publisher.ts'
import type { DurableLog, LoggedRecord, LogReader } from '../../logs/log.ts'
import { ReaderTrouble } from '../../logs/reader-trouble.ts'
import type { ChatMessage } from '../../protocol/message.ts'
import { RedisConnection } from '../../redis/connection.ts'
import { latencyHistogram } from '../latency-histogram.ts'
import { Patience } from '../patience.ts'
import type { RoleContext, RunningRole } from '../role.ts'
import { warmUp } from '../warm-up.ts'

/** What the relay needs of its process. */
export type RelayContext = Pick<RoleContext, 'edition' | 'store' | 'log' | 'redis' | 'metrics' | 'logger'>

/**
 * Reads the message log as a member of group `relay`, gives each record its place and publishes the messages to Redis;
 * offsets are committed after that. Several relays share the partitions. What is published twice at a hand-over, or
 * after an answer that was lost, gateways know by its seq.
 *
 * A Redis, a log or a store that is down is waited for without end: messages are published late rather than never.
 */
export async function startRelay(context: RelayContext): Promise<RunningRole> {
  const { edition, store, log, redis, logger } = context
  const { fanout } = edition
  if (log === undefined || redis === undefined || (fanout !== 'redis' && fanout !== 'redis-single'))
    throw new TypeError(`edition ${edition.name} with fan-out ${fanout} needs no relay`)
  const topic = await log.openTopic(topics.messages, edition.knobs.partitions)
  const patience = new Patience(logger)
  const sequencer = new Sequencer({
    epoch: await store.logEpoch(topic.id),
    lastSeqs: (positions) => patience.keepTrying('store', () => store.lastSeqs(positions)),
    // The persister files it; here is nothing to publish.
    onDead: () => {},
  })
  const connection = new RedisConnection(redis, logger)
  await connection.connect()
  const trouble = new ReaderTrouble(logger)
  const counted = relayMetrics(context.metrics)
  const publisher = new Publisher(log, sequencer, patience, connection, channelsOf(fanout, redis.prefix), counted)
  const relay = (records: readonly LoggedRecord[]) => publisher.relay(records)
  const reader = await log.consume(topics.messages, relayGroup, relay, (error) => trouble.tell(error))
  return new Relay(reader, patience, connection, trouble)
}

type Count = (messages: readonly ChatMessage[]) => void

function relayMetrics(registry: Registry): Count {
  const registers = [registry]
  const relayed = new Counter({ name: 'chat_relayed_total', help: 'Messages published to the fan-out', registers })
  const help = 'From SEND read to published, within the stages durable and fanout'
  const relaySeconds = latencyHistogram(registry, { name: 'chat_relay_seconds', help })
  return (messages) => {
    relayed.inc(messages.length)
    const nowMs = Date.now()
    for (const { acceptedAtMs } of messages) relaySeconds.observeMs(nowMs - acceptedAtMs)
  }
}

class Publisher {
  readonly #log: DurableLog
  readonly #sequencer: Sequencer
  readonly #patience: Patience
  readonly #connection: RedisConnection
  readonly #channels: Channels
  readonly #count: Count

  constructor(
    log: DurableLog,
    sequencer: Sequencer,
    patience: Patience,
    connection: RedisConnection,
    channels: Channels,
    count: Count,
  ) {
    this.#log = log
    this.#sequencer = sequencer
    this.#patience = patience
    this.#connection = connection
    this.#channels = channels
    this.#count = count
  }

  /** Resolves when every message of the records is published. Rejects only when the relay gives up. */
  async relay(records: readonly LoggedRecord[]): Promise<void> {
    const stored = () => this.#log.committedOffsets(topics.messages, persistGroup)
    await this.#patience.keepTrying('log', (gaveUp) => warmUp(this.#log, this.#sequencer, records, gaveUp, stored))
    const messages = await this.#sequencer.take(records)
    if (messages.length === 0) return
    await this.#patience.keepTrying('redis', async () => {
      await this.#connection.ready()
      await publish(this.#connection.client, this.#channels, messages)
    })
    this.#count(messages)
  }
}

class Relay implements RunningRole {
  readonly failed: Promise<never>
  readonly #reader: LogReader
  readonly #patience: Patience
  readonly #connection: RedisConnection
  readonly #trouble: ReaderTrouble

  constructor(reader: LogReader, patience: Patience, connection: RedisConnection, trouble: ReaderTrouble) {
    this.#reader = reader
    this.#patience = patience
    this.#connection = connection
    this.#trouble = trouble
    this.failed = reader.failed
  }

  async unready(): Promise<string[]> {
    return [...new Set([...this.#connection.reasons(), ...this.#patience.reasons(), ...this.#trouble.reasons()])]
  }

  /** Publishes the batch under way and commits it, then leaves the group; after the deadline the batch is left to others. */
  async drain(deadlineMs: number): Promise<void> {
    const deadline = setTimeout(() => this.#patience.giveUp(), deadlineMs)
    await this.#reader.close()
    clearTimeout(deadline)
  }

  async close(): Promise<void> {
    const closed = this.#reader.close()
    this.#patience.giveUp()
    await closed
    this.#connection.close()
  }
}
