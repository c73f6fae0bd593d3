import { setTimeout as sleep } from 'node:timers/promises'
import { type CommitOptions, Consumer } from '@platformatic/kafka'
import { LogError, type LoggedRecord, type LogReader, type OnTrouble } from '../log.ts'
import { clientOptions, type KafkaAddress } from './address.ts'
import { hasAnswer, toLogError } from './errors.ts'
import { Fetcher } from './fetcher.ts'
import { Trouble } from './trouble.ts'

/**
 * The least a broker allows by default: a member killed without leaving is noticed after this, where nobody comes in its
 * place. Less would take the partitions from one whose event loop is held up for a few seconds.
 */
const sessionMs = 6_000
const heartbeatMs = 1_000
const rebalanceMs = 10_000
/** Commits are requests too: at most one in this time. */
const commitEveryMs = 100
const leaveMs = 2_000
const rejoinPauseMs = 500

export interface MemberParts {
  readonly address: KafkaAddress
  readonly topic: string
  readonly topicId: string
  readonly group: string
  /** Makes room in the group before the first stay. Repeated before the next one where it rejected. */
  readonly takePlace: () => Promise<void>
  readonly onBatch: (records: readonly LoggedRecord[]) => Promise<void>
  readonly onTrouble?: OnTrouble
}

/**
 * Reads the partitions the group gives to this member. Fetching has a client of its own, so that a fetch waiting
 * at the broker never delays heartbeats and commits.
 *
 * At a rebalance the batch under way is finished and committed for what is still ours; what is not ours any more
 * may be read again by its new owner.
 */
export class GroupMember implements LogReader {
  readonly failed: Promise<never>
  readonly #parts: MemberParts
  readonly #abort = new AbortController()
  readonly #processed = new Map<number, number>()
  readonly #trouble: Trouble
  readonly #ended: Promise<void>
  #hasPlace = false

  constructor(parts: MemberParts) {
    this.#parts = { ...parts, takePlace: () => this.#takePlace(parts) }
    this.#trouble = new Trouble(parts.onTrouble)
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => {})
    this.failed = promise
    this.#ended = this.#run().catch(reject)
  }

  async close(): Promise<void> {
    this.#abort.abort()
    await this.#ended
  }

  /** Once: one of the same instance that has come since is not to be driven out again. */
  async #takePlace({ takePlace }: MemberParts): Promise<void> {
    if (this.#hasPlace) return
    await takePlace()
    this.#hasPlace = true
  }

  async #run(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      const membership = new Membership(this.#parts, this.#processed, this.#trouble, this.#abort.signal)
      await membership.run()
      // Others may have read on while we were away.
      this.#processed.clear()
      await sleep(rejoinPauseMs, undefined, { signal: this.#abort.signal }).catch(() => {})
    }
  }
}

/** One stay in the group, with one client. */
class Membership {
  readonly #parts: MemberParts
  readonly #client: Consumer
  /** Next offset to commit, by partition. */
  readonly #processed: Map<number, number>
  readonly #trouble: Trouble
  readonly #closing: AbortSignal
  readonly #broken = Promise.withResolvers<never>()
  #changed = Promise.withResolvers<void>()
  #memberId: string | undefined
  #committing: CommitOptions['offsets'] = []
  #fetcher: Fetcher | undefined
  #commit: Promise<void> | undefined

  constructor(parts: MemberParts, processed: Map<number, number>, trouble: Trouble, closing: AbortSignal) {
    this.#parts = parts
    this.#processed = processed
    this.#trouble = trouble
    this.#closing = closing
    this.#broken.promise.catch(() => {})
    const sessionTimeout = parts.address.sessionMs ?? sessionMs
    // The client wants it not to be shorter than the session.
    const rebalanceTimeout = Math.max(rebalanceMs, sessionTimeout)
    this.#client = new Consumer({
      ...clientOptions(parts.address, rebalanceTimeout + 5_000),
      retries: 5,
      groupId: parts.group,
      sessionTimeout,
      rebalanceTimeout,
      heartbeatInterval: heartbeatMs,
      protocols: [{ name: 'roundrobin', version: 1 }],
    })
    this.#client.on('error', (error: Error) => this.#broken.reject(error))
    this.#client.on('consumer:heartbeat:stalled', () => this.#broken.reject(new Error('no heartbeat was answered')))
    this.#client.on('consumer:group:join', ({ memberId }) => this.#onJoined(memberId))
    this.#client.topics.track(parts.topic)
  }

  /** Ends when the stay ends. Rejects with a LogError where another stay cannot go on either. */
  async run(): Promise<void> {
    const leave = Promise.withResolvers<void>()
    const onClosing = () => leave.resolve()
    this.#closing.addEventListener('abort', onClosing)
    try {
      const joined = this.#trouble.awaited(this.#join(), `joining group ${this.#parts.group}`)
      await Promise.race([joined, this.#broken.promise, leave.promise])
      while (!this.#closing.aborted) await this.#readGeneration(leave.promise)
    } catch (error) {
      if (this.#closing.aborted) return
      // Only the fetcher knows of an end for good, and says it as a LogError; a broker's answer may change.
      if (error instanceof LogError && !error.retryable) throw error
      // The next stay starts from what the group has committed.
      this.#tell(error, 'reading')
    } finally {
      this.#closing.removeEventListener('abort', onClosing)
      await this.#leave()
    }
  }

  async #join(): Promise<void> {
    const { group, takePlace } = this.#parts
    await takePlace().catch((error) => {
      // The group goes on without, once the dead member's session has run out.
      this.#trouble.tell(toLogError(error, `removing predecessors from group ${group}`, 'read'))
    })
    if (!this.#closing.aborted) await this.#client.joinGroup({})
  }

  /** Under a new member id it was out of the group for a time: others may have read on, so nothing old is committed. */
  #onJoined(memberId: string): void {
    if (memberId !== this.#memberId) {
      this.#processed.clear()
      // The client repeats a commit that was refused, of this very array, as the new member.
      this.#committing.length = 0
    }
    this.#memberId = memberId
    this.#changed.resolve()
  }

  async #readGeneration(leave: Promise<void>): Promise<void> {
    this.#changed = Promise.withResolvers<void>()
    const { topic, topicId, address, onBatch } = this.#parts
    const partitions = this.#client.assignments?.find((assignment) => assignment.topic === topic)?.partitions ?? []
    for (const partition of this.#processed.keys()) {
      if (!partitions.includes(partition)) this.#processed.delete(partition)
    }
    await this.#commitNow()
    const memberId = this.#memberId
    const fetcher = new Fetcher({
      address,
      topic,
      topicId,
      positions: await this.#committed(partitions),
      deliver: async (records) => {
        await onBatch(records)
        if (this.#memberId !== memberId) return
        for (const { partition, offset } of records) this.#processed.set(partition, offset + 1)
        this.#commitSoon()
      },
      // Who stores gathers a batch before it asks again.
      betweenMs: 0,
      onRejected: 'again',
      trouble: this.#trouble,
    })
    this.#fetcher = fetcher
    const reading = fetcher.run()
    if (partitions.length === 0) this.#trouble.over()
    try {
      // Without partitions the fetcher ends at once: wait for the next generation.
      const read = partitions.length > 0 ? reading : new Promise<never>(() => {})
      await Promise.race([read, this.#changed.promise, this.#broken.promise, leave])
    } finally {
      fetcher.close()
      await reading
    }
  }

  async #committed(partitions: number[]): Promise<Map<number, number>> {
    if (partitions.length === 0) return new Map()
    const { topic } = this.#parts
    const offsets = (await this.#client.listCommittedOffsets({ topics: [{ topic, partitions }] })).get(topic)
    return new Map(partitions.map((partition) => [partition, Math.max(0, Number(offsets?.[partition] ?? 0n))]))
  }

  #commitSoon(): void {
    if (this.#commit !== undefined) return
    this.#commit = sleep(commitEveryMs, undefined, { signal: this.#closing, ref: false })
      .catch(() => {})
      .then(() => this.#send())
      .catch((error) => {
        if (!this.#client.closed && !this.#closing.aborted) this.#tell(error, 'committing')
      })
      .finally(() => {
        this.#commit = undefined
        if (this.#processed.size > 0 && !this.#client.closed && !this.#closing.aborted) this.#commitSoon()
      })
  }

  async #commitNow(): Promise<void> {
    await this.#commit
    await this.#send()
  }

  async #send(): Promise<void> {
    if (this.#processed.size === 0) return this.#trouble.over('committing')
    const { topic } = this.#parts
    const sent = new Map(this.#processed)
    this.#committing = [...sent].map(([partition, offset]) => ({
      topic,
      partition,
      offset: BigInt(offset),
      leaderEpoch: -1,
    }))
    try {
      await this.#client.commit({ offsets: this.#committing })
    } catch (error) {
      // A rebalance runs: the same is committed in the next generation for what is still ours.
      if (hasAnswer(error, 'REBALANCE_IN_PROGRESS')) return
      throw error
    }
    this.#trouble.over('committing')
    for (const [partition, offset] of sent) {
      if (this.#processed.get(partition) === offset) this.#processed.delete(partition)
    }
  }

  #tell(error: unknown, part: 'reading' | 'committing'): void {
    const { topic, group } = this.#parts
    this.#trouble.tell(toLogError(error, `${part} ${topic} as a member of ${group}`, 'read'), part)
  }

  async #leave(): Promise<void> {
    this.#fetcher?.close()
    const goodbye = async () => {
      await this.#commitNow().catch(() => {})
      // The client's close (2.12.1) lets a join that is under way go on, whose heartbeats then never end.
      await new Promise<void>((left) => this.#client.leaveGroup(true, () => left()))
      await this.#client.close(true)
    }
    await Promise.race([goodbye().catch(() => {}), sleep(leaveMs, undefined, { ref: false })])
  }
}
