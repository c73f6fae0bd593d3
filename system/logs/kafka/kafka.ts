import { setTimeout as sleep } from 'node:timers/promises'
import { Admin, type MessageToProduce, ProduceAcks, type ProduceResult, Producer } from '@platformatic/kafka'
import type { EngineIdentity } from '../../protocol/identity.ts'
import type { DurableLog, LogGuarantees, LoggedRecord, LogPosition, LogReader, LogRecord, OnTrouble } from '../log.ts'
import { LogError } from '../log.ts'
import { partitionOf } from '../partition.ts'
import { clientOptions, type KafkaAddress } from './address.ts'
import { hasAnswer, toLogError } from './errors.ts'
import { Fetcher } from './fetcher.ts'
import { identifyKafka } from './identity.ts'
import { GroupMember } from './member.ts'
import { removePredecessors } from './predecessors.ts'
import { OpenReaders } from './readers.ts'
import { Trouble } from './trouble.ts'

/**
 * One gateway appends every 30 ms, so alone it reads each append at once. Several read each other's: without this, three
 * of them make 300 requests a second, each some 0.3 ms of CPU here and at the broker.
 */
const tailBetweenMs = 20

interface Topic {
  readonly id: string
  readonly partitions: number
}

/**
 * The durable log on Kafka. Appends are plain, not idempotent: an idempotent producer may have one request in
 * flight here, and a repeat that it would suppress is dropped by the readers' sequencer anyway.
 */
export class KafkaLog implements DurableLog {
  readonly guarantees: LogGuarantees = { durability: 'disk', crossProcess: true }
  readonly #address: KafkaAddress
  readonly #producer: Producer
  readonly #admin: Admin
  readonly #topics = new Map<string, Topic>()
  readonly #readers = new OpenReaders()

  constructor(address: KafkaAddress) {
    this.#address = address
    this.#producer = new Producer(clientOptions(address))
    this.#admin = new Admin({ ...clientOptions(address), retries: 3 })
    this.#producer.on('error', () => {})
    this.#admin.on('error', () => {})
  }

  identity(): Promise<EngineIdentity> {
    return this.#ask('asking the broker who it is', () => identifyKafka(this.#admin))
  }

  openTopic(name: string, partitions: number): Promise<Topic> {
    return this.#ask(`opening topic ${name}`, async () => {
      const found = await this.#find(name)
      if (found !== undefined) return found
      // The broker's clock says when a record was durable; the producer's would say when it was sent.
      const configs = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
      const wanted = { topics: [this.#named(name)], partitions, replicas: -1, configs }
      await this.#admin.createTopics(wanted).catch((error) => {
        if (!hasAnswer(error, 'TOPIC_ALREADY_EXISTS')) throw error
      })
      return this.#appear(name)
    })
  }

  async append(name: string, records: readonly LogRecord[]): Promise<LogPosition[]> {
    if (records.length === 0) return []
    const { partitions } = await this.#topic(name)
    const wireTopic = this.#named(name)
    const placed = records.map(({ key }) => partitionOf(key, partitions))
    const messages = records.map(
      ({ key, value }, index): MessageToProduce => ({
        topic: wireTopic,
        partition: placed[index]!,
        key: Buffer.from(key),
        value: bufferOf(value),
      }),
    )
    const positions: LogPosition[] = []
    for (const [from, to] of requestsOf(records, placed)) {
      let result: ProduceResult
      try {
        result = await this.#producer.send({ messages: messages.slice(from, to), acks: ProduceAcks.ALL })
      } catch (error) {
        // Where the leader is gone, another one may lead already; the driver would ask for it after a minute.
        this.#producer.clearMetadata()
        const some = positions.length > 0 || someAppended(error)
        throw toLogError(error, `appending ${records.length} records to ${name}`, 'write', some)
      }
      positions.push(...positionsOf(placed.slice(from, to), result))
    }
    return positions
  }

  async tail(
    name: string,
    from: ReadonlyMap<number, number>,
    onBatch: (records: readonly LoggedRecord[]) => void | Promise<void>,
    onTrouble?: OnTrouble,
  ): Promise<LogReader> {
    const { id, partitions } = await this.#topic(name)
    const positions = new Map<number, number>()
    const ends = from.size < partitions ? await this.endOffsets(name) : new Map<number, number>()
    for (let partition = 0; partition < partitions; partition++) {
      positions.set(partition, from.get(partition) ?? ends.get(partition) ?? 0)
    }
    const fetcher = new Fetcher({
      address: this.#address,
      topic: this.#named(name),
      topicId: id,
      positions,
      deliver: onBatch,
      betweenMs: tailBetweenMs,
      onRejected: 'fail',
      trouble: new Trouble(onTrouble),
    })
    return this.#readers.keep(new Tail(fetcher))
  }

  async consume(
    name: string,
    group: string,
    onBatch: (records: readonly LoggedRecord[]) => Promise<void>,
    onTrouble?: OnTrouble,
  ): Promise<LogReader> {
    const { id } = await this.#topic(name)
    const member = new GroupMember({
      address: this.#address,
      topic: this.#named(name),
      topicId: id,
      group: this.#named(group),
      takePlace: () => removePredecessors(this.#admin, this.#address, this.#named(group)),
      onBatch,
      ...(onTrouble && { onTrouble }),
    })
    return this.#readers.keep(member)
  }

  endOffsets(name: string): Promise<ReadonlyMap<number, number>> {
    return this.#ask(`asking for the end of ${name}`, async () => {
      const { partitions } = await this.#topic(name)
      const wanted = Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: -1n }))
      const [answer] = await this.#admin.listOffsets({ topics: [{ name: this.#named(name), partitions: wanted }] })
      return new Map(answer!.partitions.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)]))
    })
  }

  committedOffsets(name: string, group: string): Promise<ReadonlyMap<number, number>> {
    return this.#ask(`asking what ${group} committed of ${name}`, async () => {
      const { partitions } = await this.#topic(name)
      const partitionIndexes = Array.from({ length: partitions }, (_, partition) => partition)
      const [answer] = await this.#admin.listConsumerGroupOffsets({
        groups: [{ groupId: this.#named(group), topics: [{ name: this.#named(name), partitionIndexes }] }],
      })
      const committed = answer?.topics.flatMap((topic) => topic.partitions) ?? []
      return new Map(
        committed
          .filter(({ committedOffset }) => committedOffset >= 0n)
          .map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]),
      )
    })
  }

  async close(): Promise<void> {
    await this.#readers.close()
    await Promise.allSettled([this.#producer.close(true), this.#admin.close()])
  }

  /** What the brokers know a topic or a group as. */
  #named(name: string): string {
    return `${this.#address.prefix}${name}`
  }

  async #topic(name: string): Promise<Topic> {
    const known = this.#topics.get(name)
    if (known !== undefined) return known
    const found = await this.#ask(`looking up topic ${name}`, () => this.#find(name))
    if (found !== undefined) return found
    throw new LogError('LOG-REFUSED', `topic ${name} is not there: open it first`, {
      effect: 'definite',
      retryable: false,
    })
  }

  async #find(name: string): Promise<Topic | undefined> {
    const names = await this.#admin.listTopics()
    const wireTopic = this.#named(name)
    if (!names.includes(wireTopic)) return undefined
    const metadata = await this.#admin.metadata({ topics: [wireTopic], forceUpdate: true })
    const found = metadata.topics.get(wireTopic)
    if (found === undefined || found.partitions.some((partition) => partition.leader < 0)) return undefined
    const topic = { id: found.id, partitions: found.partitionsCount }
    this.#topics.set(name, topic)
    return topic
  }

  /** A topic is created before its leaders are elected, and elected before they lead: ask each one something. */
  async #appear(name: string): Promise<Topic> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const found = await this.#find(name)
      const leads = found !== undefined && (await this.endOffsets(name).then(Boolean, () => false))
      if (leads) return found
      await sleep(50)
    }
    throw new LogError('LOG-TIMEOUT', `topic ${name} was created but has no leader after 5 s: look at the broker`, {
      effect: 'indefinite',
      retryable: true,
    })
  }

  async #ask<Answer>(what: string, question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question()
    } catch (error) {
      throw toLogError(error, what, 'read')
    }
  }
}

class Tail implements LogReader {
  readonly failed: Promise<never>
  readonly #fetcher: Fetcher
  readonly #ended: Promise<void>

  constructor(fetcher: Fetcher) {
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => {})
    this.failed = promise
    this.#fetcher = fetcher
    this.#ended = fetcher.run().catch(reject)
  }

  async close(): Promise<void> {
    this.#fetcher.close()
    await this.#ended
  }
}

/** Brokers refuse a batch over 1 MiB (`message.max.bytes`), and a request holds one batch a partition. */
const batchBytes = 900_000

/** Cuts the records, in order, so that no partition's share of a request is over `batchBytes`: `[from, to)` of each. */
function requestsOf(records: readonly LogRecord[], placed: readonly number[]): (readonly [number, number])[] {
  const requests: (readonly [number, number])[] = []
  const bytes = new Map<number, number>()
  let from = 0
  for (const [index, { value }] of records.entries()) {
    const partition = placed[index]!
    const share = (bytes.get(partition) ?? 0) + value.length
    if (share > batchBytes && index > from) {
      requests.push([from, index])
      from = index
      bytes.clear()
    }
    bytes.set(partition, index === from ? value.length : share)
  }
  return [...requests, [from, records.length]]
}

/** The broker answers with the first offset of each partition's batch; the rest follow in the order sent. */
function positionsOf(placed: readonly number[], result: ProduceResult): LogPosition[] {
  const next = new Map(result.offsets?.map(({ partition, offset }) => [partition, Number(offset)]))
  return placed.map((partition) => {
    const offset = next.get(partition)
    if (offset === undefined || offset < 0) {
      throw new LogError('LOG-FAILED', `the broker acknowledged no offset for partition ${partition}`, {
        effect: 'indefinite',
        retryable: true,
      })
    }
    next.set(partition, offset + 1)
    return { partition, offset }
  })
}

/** Whether a failed request appended the records of another partition. */
function someAppended(error: unknown): boolean {
  const failed = error as { produced?: ProduceResult; errors?: unknown[]; response?: { responses?: unknown } }
  if ((failed.produced?.offsets?.length ?? 0) > 0) return true
  const topics = (failed.response?.responses ?? []) as { partitionResponses?: { errorCode: number }[] }[]
  if (topics.some((topic) => topic.partitionResponses?.some(({ errorCode }) => errorCode === 0))) return true
  return (failed.errors ?? []).some(someAppended)
}

function bufferOf(value: Uint8Array): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
}
