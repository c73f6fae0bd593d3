import { setTimeout as sleep } from 'node:timers/promises'
import { Consumer, FetchIsolationLevels, IS_CONTROL } from '@platformatic/kafka'
import type { LoggedRecord } from '../log.ts'
import { LogError } from '../log.ts'
import { clientOptions, type KafkaAddress } from './address.ts'
import { hasAnswer, toLogError } from './errors.ts'
import type { Trouble } from './trouble.ts'

/** Attribute of a batch whose records all have the broker's time. */
const IS_APPEND_TIME = 0x08

/** A fetch the broker cannot fill waits this long there; one record ends the wait at once. */
const idleWaitMs = 500
const fetchBytes = 4 * 1_048_576
const partitionBytes = 1_048_576
const firstPauseMs = 50
const longestPauseMs = 2_000

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

export interface FetcherParts {
  readonly address: KafkaAddress
  readonly topic: string
  readonly topicId: string
  /** Next offset by partition: what to read, moved on by the fetcher after each delivery. */
  readonly positions: Map<number, number>
  /** The next batch waits for it. */
  readonly deliver: (records: readonly LoggedRecord[]) => void | Promise<void>
  /** No request sooner than this after the last one: what comes meanwhile comes in one answer. 0: at once. */
  readonly betweenMs: number
  /** What a rejected delivery means: the same batch again after a pause, or the end. */
  readonly onRejected: 'again' | 'fail'
  readonly trouble: Trouble
}

/**
 * Reads partitions by assignment, in order and without a gap, for as long as it is not closed. One request at a
 * time goes to each broker that leads partitions; a broker that dies is asked again, with growing pauses, until it
 * is back. `run` rejects only when reading on cannot be right: topic re-created, records lost, delivery rejected.
 */
export class Fetcher {
  readonly #parts: FetcherParts
  readonly #abort = new AbortController()
  #delivery: Promise<void> = Promise.resolve()
  #pauseMs = firstPauseMs
  #client: Consumer | undefined

  constructor(parts: FetcherParts) {
    this.#parts = parts
  }

  async run(): Promise<void> {
    while (!this.#closed && this.#parts.positions.size > 0) {
      try {
        await this.#session()
      } catch (error) {
        if (this.#closed) break
        if (error instanceof Fatal) throw error.cause
        this.#parts.trouble.tell(toLogError(error, `reading ${this.#parts.topic}`, 'read'))
        await this.#pause()
      }
    }
    await this.#delivery.catch(() => {})
  }

  /** `run` ends soon after; a delivery under way is not cut off. */
  close(): void {
    this.#abort.abort()
    this.#client?.close().catch(() => {})
  }

  get #closed(): boolean {
    return this.#abort.signal.aborted
  }

  async #pause(): Promise<void> {
    await sleep(this.#pauseMs, undefined, { signal: this.#abort.signal }).catch(() => {})
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
  }

  /** Reads with one client until anything breaks. */
  async #session(): Promise<void> {
    const { topic, topicId, positions, address, trouble } = this.#parts
    const client = new Consumer({
      ...clientOptions(address),
      groupId: `${address.clientId}-assigned`,
      maxWaitTime: idleWaitMs,
      minBytes: 1,
      maxBytes: fetchBytes,
      isolationLevel: FetchIsolationLevels.READ_UNCOMMITTED,
    })
    client.on('error', () => {})
    client.topics.track(topic)
    this.#client = client
    try {
      const metadata = await trouble.awaited(client.metadata({ topics: [topic] }), `looking up ${topic}`)
      const found = metadata.topics.get(topic)!
      if (found.id !== topicId) throw new Fatal(gone(topic))
      const partitionsByNode = Map.groupBy(positions.keys(), (partition) => found.partitions[partition]?.leader ?? -1)
      const unheard = new Set(partitionsByNode.keys())
      const read = ([node, partitions]: [number, number[]]) => this.#readNode(client, node, partitions, unheard)
      await Promise.all([...partitionsByNode].map(read))
    } finally {
      client.close().catch(() => {})
    }
  }

  async #readNode(client: Consumer, node: number, partitions: readonly number[], unheard: Set<number>): Promise<void> {
    const { topic, trouble } = this.#parts
    while (!this.#closed && !client.closed) {
      const nextMs = performance.now() + this.#parts.betweenMs
      let response: FetchResponse
      try {
        response = await trouble.awaited(client.fetch({ node, topics: this.#wanted(partitions) }), `reading ${topic}`)
      } catch (error) {
        if (hasAnswer(error, 'OFFSET_OUT_OF_RANGE') && this.#moveToStart(error)) continue
        // The other brokers' loops of this session end with the client.
        client.close().catch(() => {})
        throw error
      }
      unheard.delete(node)
      // One broker's answer does not end the trouble with another.
      if (unheard.size === 0) {
        this.#pauseMs = firstPauseMs
        trouble.over()
      }
      const { records, reached } = this.#recordsOf(response)
      if (reached.size === 0) continue
      if (records.length > 0) await this.#deliver(records)
      if (this.#closed) return
      for (const [partition, offset] of reached) this.#parts.positions.set(partition, offset)
      const earlyMs = nextMs - performance.now()
      if (earlyMs > 1) await sleep(earlyMs, undefined, { signal: this.#abort.signal }).catch(() => {})
    }
  }

  #wanted(partitions: readonly number[]) {
    const { topicId, positions } = this.#parts
    return [
      {
        topicId,
        partitions: partitions.map((partition) => ({
          partition,
          fetchOffset: BigInt(positions.get(partition)!),
          partitionMaxBytes: partitionBytes,
          currentLeaderEpoch: -1,
          lastFetchedEpoch: -1,
        })),
      },
    ]
  }

  #recordsOf(response: FetchResponse): { records: LoggedRecord[]; reached: Map<number, number> } {
    const records: LoggedRecord[] = []
    const reached = new Map<number, number>()
    for (const { partitionIndex: partition, records: batches } of response.responses.flatMap((t) => t.partitions)) {
      const wantedOffset = this.#parts.positions.get(partition)
      if (wantedOffset === undefined) continue
      for (const batch of batches ?? []) {
        const firstOffset = Number(batch.firstOffset)
        reached.set(partition, firstOffset + batch.lastOffsetDelta + 1)
        if ((batch.attributes & IS_CONTROL) !== 0) continue
        const isAppendTime = (batch.attributes & IS_APPEND_TIME) !== 0
        for (const { key, value, offsetDelta, timestampDelta } of batch.records) {
          const loggedAtMs = Number(isAppendTime ? batch.maxTimestamp : batch.firstTimestamp + timestampDelta)
          const offset = firstOffset + offsetDelta
          // A batch is sent whole, also when only its end was asked for.
          if (offset >= wantedOffset) records.push(new FetchedRecord(key, value, partition, offset, loggedAtMs))
        }
      }
    }
    return { records, reached }
  }

  /** Deliveries of several brokers' loops wait for each other. */
  #deliver(records: readonly LoggedRecord[]): Promise<void> {
    this.#delivery = this.#delivery.then(() => this.#handOver(records))
    return this.#delivery
  }

  async #handOver(records: readonly LoggedRecord[]): Promise<void> {
    while (!this.#closed) {
      try {
        return await this.#parts.deliver(records)
      } catch (error) {
        if (this.#parts.onRejected === 'fail') throw new Fatal(error)
        await this.#pause()
      }
    }
  }

  /** Where retention has removed what was wanted, goes on at the first record there is. False: it is beyond the end. */
  #moveToStart(error: unknown): boolean {
    const response = (error as { response?: FetchResponse }).response
    for (const answer of response?.responses.flatMap((topic) => topic.partitions) ?? []) {
      const wanted = this.#parts.positions.get(answer.partitionIndex)
      if (answer.errorCode === 0 || wanted === undefined || answer.logStartOffset < 0n) continue
      const startOffset = Number(answer.logStartOffset)
      if (wanted >= startOffset) throw new Fatal(lost(this.#parts.topic, answer.partitionIndex, wanted))
      this.#parts.positions.set(answer.partitionIndex, startOffset)
      return true
    }
    return false
  }
}

class FetchedRecord implements LoggedRecord {
  readonly value: Uint8Array
  readonly partition: number
  readonly offset: number
  readonly loggedAtMs: number
  readonly #key: Buffer | null

  constructor(key: Buffer | null, value: Buffer | null, partition: number, offset: number, loggedAtMs: number) {
    this.#key = key
    this.value = value ?? Buffer.alloc(0)
    this.partition = partition
    this.offset = offset
    this.loggedAtMs = loggedAtMs
  }

  get key(): string {
    return this.#key?.toString() ?? ''
  }
}

/** Ends a reader for good. */
class Fatal extends Error {
  constructor(cause: unknown) {
    super('reading cannot go on', { cause })
    this.name = 'Fatal'
  }
}

function gone(topic: string): LogError {
  return new LogError('LOG-FAILED', `topic ${topic} was deleted and made again: start this process anew`, {
    effect: 'definite',
    retryable: false,
  })
}

function lost(topic: string, partition: number, offset: number): LogError {
  return new LogError('LOG-FAILED', `${topic}/${partition} ends before offset ${offset}: the broker lost records`, {
    effect: 'definite',
    retryable: false,
  })
}
