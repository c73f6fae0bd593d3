import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EngineIdentity } from '../protocol/identity.ts'
import type { DurableLog, LogGuarantees, LoggedRecord, LogPosition, LogReader, LogRecord } from './log.ts'
import { LogError } from './log.ts'
import { partitionOf } from './partition.ts'

/** Records handed over at once. */
const batchRecords = 1_000
/** How long a group's member waits before a batch that was rejected comes again. */
const pauseMs = 50

interface Topic {
  readonly id: string
  readonly partitions: LoggedRecord[][]
  readonly groups: Map<string, Group>
  readonly readers: Set<Reader>
}

interface Group {
  readonly committed: Map<number, number>
  readonly members: Reader[]
  /** Partitions whose batch a member works on: the next owner waits for its commit. */
  readonly busy: Set<number>
}

/** A log that lives as long as the process: for the embedded edition and for tests. */
export function openMemoryLog(): DurableLog {
  return new MemoryLog()
}

class MemoryLog implements DurableLog {
  readonly guarantees: LogGuarantees = { durability: 'process', crossProcess: false }
  readonly #topics = new Map<string, Topic>()

  async identity(): Promise<EngineIdentity> {
    return { product: 'in-process log', version: process.version }
  }

  async openTopic(name: string, partitions: number): Promise<{ id: string; partitions: number }> {
    let topic = this.#topics.get(name)
    if (topic === undefined) {
      topic = {
        id: randomUUID(),
        partitions: Array.from({ length: partitions }, () => []),
        groups: new Map(),
        readers: new Set(),
      }
      this.#topics.set(name, topic)
    }
    return { id: topic.id, partitions: topic.partitions.length }
  }

  async append(name: string, records: readonly LogRecord[]): Promise<LogPosition[]> {
    const topic = this.#topic(name)
    const loggedAtMs = Date.now()
    const positions = records.map(({ key, value }) => {
      const partition = partitionOf(key, topic.partitions.length)
      const place = { partition, offset: topic.partitions[partition]!.length }
      topic.partitions[partition]!.push({ key, value: Uint8Array.from(value), loggedAtMs, ...place })
      return place
    })
    for (const reader of topic.readers) reader.wake()
    return positions
  }

  async tail(
    name: string,
    from: ReadonlyMap<number, number>,
    onBatch: (records: readonly LoggedRecord[]) => void | Promise<void>,
  ): Promise<LogReader> {
    const topic = this.#topic(name)
    const positions = topic.partitions.map((records, partition) => from.get(partition) ?? records.length)
    return new Reader(topic, {
      next: () => {
        const batch = positions.flatMap((position, partition) =>
          topic.partitions[partition]!.slice(position, position + batchRecords),
        )
        for (const { partition, offset } of batch) positions[partition] = offset + 1
        return batch
      },
      handOver: async (batch) => onBatch(batch),
      leave: () => {},
    })
  }

  async consume(
    name: string,
    groupName: string,
    onBatch: (records: readonly LoggedRecord[]) => Promise<void>,
  ): Promise<LogReader> {
    const topic = this.#topic(name)
    const group: Group = topic.groups.get(groupName) ?? { committed: new Map(), members: [], busy: new Set() }
    topic.groups.set(groupName, group)
    const reader = new Reader(topic, {
      next: () => claim(topic, group, reader),
      handOver: (batch) => commitAfter(topic, group, batch, onBatch),
      leave: () => {
        group.members.splice(group.members.indexOf(reader), 1)
        for (const other of group.members) other.wake()
      },
    })
    group.members.push(reader)
    return reader
  }

  async endOffsets(name: string): Promise<ReadonlyMap<number, number>> {
    return new Map(this.#topic(name).partitions.map((records, partition) => [partition, records.length]))
  }

  async committedOffsets(name: string, group: string): Promise<ReadonlyMap<number, number>> {
    return new Map(this.#topic(name).groups.get(group)?.committed)
  }

  async close(): Promise<void> {
    const readers = [...this.#topics.values()].flatMap((topic) => [...topic.readers])
    await Promise.all(readers.map((reader) => reader.close()))
  }

  #topic(name: string): Topic {
    const topic = this.#topics.get(name)
    if (topic !== undefined) return topic
    throw new LogError('LOG-REFUSED', `topic ${name} is not there: open it first`, {
      effect: 'definite',
      retryable: false,
    })
  }
}

/** Takes the next records of the partitions that are the member's by its place among the members. */
function claim(topic: Topic, group: Group, member: Reader): LoggedRecord[] {
  const place = group.members.indexOf(member)
  const batch: LoggedRecord[] = []
  for (const [partition, records] of topic.partitions.entries()) {
    if (partition % group.members.length !== place || group.busy.has(partition)) continue
    const position = group.committed.get(partition) ?? 0
    if (position === records.length) continue
    group.busy.add(partition)
    batch.push(...records.slice(position, position + batchRecords))
  }
  return batch
}

async function commitAfter(
  topic: Topic,
  group: Group,
  batch: readonly LoggedRecord[],
  onBatch: (records: readonly LoggedRecord[]) => Promise<void>,
): Promise<void> {
  try {
    await onBatch(batch)
    for (const { partition, offset } of batch) group.committed.set(partition, offset + 1)
  } catch {
    // The contract: a rejected batch is not committed and comes again after a pause.
    await sleep(pauseMs)
  } finally {
    for (const { partition } of batch) group.busy.delete(partition)
    for (const reader of topic.readers) reader.wake()
  }
}

interface Source {
  next(): readonly LoggedRecord[]
  handOver(batch: readonly LoggedRecord[]): Promise<void>
  leave(): void
}

class Reader implements LogReader {
  readonly failed: Promise<never>
  readonly #fail: (error: unknown) => void
  readonly #topic: Topic
  readonly #source: Source
  readonly #ended: Promise<void>
  #wake: () => void = () => {}
  #woken = false
  #closed = false

  constructor(topic: Topic, source: Source) {
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => {})
    this.failed = promise
    this.#fail = reject
    this.#topic = topic
    this.#source = source
    topic.readers.add(this)
    this.#ended = this.#read()
  }

  wake(): void {
    this.#woken = true
    this.#wake()
  }

  async close(): Promise<void> {
    this.#closed = true
    this.wake()
    await this.#ended
  }

  async #read(): Promise<void> {
    // The first batch comes after the caller has its reader.
    await Promise.resolve()
    while (!this.#closed) {
      this.#woken = false
      const batch = this.#source.next()
      if (batch.length === 0) await this.#more()
      else await this.#source.handOver(batch).catch((error) => this.#give(error))
    }
    this.#topic.readers.delete(this)
    this.#source.leave()
  }

  #give(error: unknown): void {
    this.#closed = true
    this.#fail(error)
  }

  async #more(): Promise<void> {
    if (this.#woken) return
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }
}
