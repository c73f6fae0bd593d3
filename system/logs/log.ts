import type { EngineIdentity } from '../protocol/identity.ts'

/**
 * The contract of the durable ordered log: topics of partitions, records in append order within a partition,
 * a record's partition decided by its key alone.
 *
 * Delivery to readers is at least once: after a fault a reader may see records again, never out of order and
 * never with a gap.
 */
export interface DurableLog {
  readonly guarantees: LogGuarantees
  /** Asks the engine on the wire who it is. */
  identity(): Promise<EngineIdentity>
  /** Creates the topic where it is missing; `id` changes when a topic is deleted and made again. */
  openTopic(topic: string, partitions: number): Promise<{ readonly id: string; readonly partitions: number }>

  /**
   * Appends the records in the order given (within a partition). One request for the whole array, or several one after
   * the other where a partition's share is more than the engine takes at once.
   * Resolves: all are durable as `guarantees.durability` says; result i is record i's position.
   * Rejects with `LogError`: `definite` none is in the log; `indefinite` some may be, and the caller repeats
   * with the same identities inside the values.
   */
  append(topic: string, records: readonly LogRecord[]): Promise<LogPosition[]>

  /**
   * Reads every partition, by assignment, without a group: each reader gets every record.
   * `from` gives the first offset a partition; a partition it does not name starts at its end as it is when
   * the promise resolves. `onBatch` gets records of one partition or several, each partition's in order; the
   * next batch waits for its promise.
   */
  tail(
    topic: string,
    from: ReadonlyMap<number, number>,
    onBatch: (records: readonly LoggedRecord[]) => void | Promise<void>,
    onTrouble?: OnTrouble,
  ): Promise<LogReader>

  /**
   * Reads as a member of `group`: each partition goes to one member. Offsets are committed after `onBatch`
   * resolved, never before; when it rejects nothing is committed and the batch comes again after a pause.
   * A partition the group has never committed starts at its first record.
   *
   * A member that was killed keeps its partitions until its session has run out (6 s on Kafka), unless one opened under
   * the same instance id comes in its place: that one reads on at once. Two that live with one instance id share the
   * partitions like any two members.
   */
  consume(
    topic: string,
    group: string,
    onBatch: (records: readonly LoggedRecord[]) => Promise<void>,
    onTrouble?: OnTrouble,
  ): Promise<LogReader>

  /** First offset after the last record, by partition. */
  endOffsets(topic: string): Promise<ReadonlyMap<number, number>>
  /** Next offset the group will read, by partition; a partition never committed is missing. */
  committedOffsets(topic: string, group: string): Promise<ReadonlyMap<number, number>>
  close(): Promise<void>
}

export interface LogGuarantees {
  /** `disk`: survives kill -9 of the engine; `process`: lives as long as this process. */
  readonly durability: 'disk' | 'process'
  readonly crossProcess: boolean
}

export interface LogRecord {
  readonly key: string
  readonly value: Uint8Array
}

export interface LogPosition {
  readonly partition: number
  readonly offset: number
}

export interface LoggedRecord extends LogRecord, LogPosition {
  /** When the log took it, Unix milliseconds by the engine's clock; rises within a partition only as that clock does. */
  readonly loggedAtMs: number
}

/**
 * Told each time a reader cannot go on for now and tries again by itself (no broker, no answer, not let into the
 * group, not authorised), and with undefined once it reads and commits again. Must not throw.
 */
export type OnTrouble = (error: LogError | undefined) => void

export interface LogReader {
  /** Rejects when the reader failed for good; never resolves while it reads. */
  readonly failed: Promise<never>
  /** Stops reading; resolves when no further batch will be handed over. */
  close(): Promise<void>
}

export type LogErrorCode = 'LOG-UNREACHABLE' | 'LOG-TIMEOUT' | 'LOG-REFUSED' | 'LOG-FAILED'

/** `definite`: nothing was appended. `retryable`: the same call may succeed later. */
export class LogError extends Error {
  readonly code: LogErrorCode
  readonly effect: 'definite' | 'indefinite'
  readonly retryable: boolean
  constructor(
    code: LogErrorCode,
    message: string,
    options: ErrorOptions & { effect: 'definite' | 'indefinite'; retryable: boolean },
  ) {
    super(message, options)
    this.name = 'LogError'
    this.code = code
    this.effect = options.effect
    this.retryable = options.retryable
  }
}
