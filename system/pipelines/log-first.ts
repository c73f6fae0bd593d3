import { setTimeout as sleep } from 'node:timers/promises'
import { identityOf } from '../chat/identity.ts'
import { encodeDraft, topics } from '../chat/record.ts'
import { seqOf } from '../chat/sequencer.ts'
import type { DurableLog, LogPosition, LogRecord } from '../logs/log.ts'
import { LogError } from '../logs/log.ts'
import type { ChatError } from '../protocol/errors.ts'
import type { ChatMessage, Draft } from '../protocol/message.ts'
import { Backoff, patienceMs } from './backoff.ts'
import { Linger } from './linger.ts'
import type { Accepted, Pipeline } from './pipeline.ts'
import { Places } from './places.ts'
import { RoomQueue } from './rooms.ts'
import { type Done, givenUp, otherRoom, Pending, type Waiting } from './waiting.ts'

export interface LogFirstParts {
  readonly log: Pick<DurableLog, 'append'>
  /** Epoch of the topic `chat.messages`. */
  readonly epoch: number
  readonly lingerMs: number
  /** Whether `learn` is fed from the fan-out. */
  readonly learns: boolean
}

const requestsInFlight = 5
/**
 * Large, because a request under overload holds every room and so is the only one in flight: on a starved machine its
 * round trip decides the rate.
 */
const requestBytes = 6_000_000
/** How long the place of a draft that may be in the log twice is awaited from the fan-out. */
const confirmMs = 2_000

interface Entry extends Waiting {
  readonly identity: string
  readonly record: LogRecord
  /** Repeats that came while this one was under way: they share its outcome. */
  readonly repeats: Done[]
}

/**
 * The log's acknowledgement is the durable step; persister and fan-out read the log. Up to five requests are in
 * flight, a room in one of them at a time.
 *
 * An identity that is in flight or was durable lately is not appended again: the repeat gets the first one's
 * place. After an attempt of unknown outcome a record may be in the log twice; readers drop the second, so the
 * place told is the one the fan-out shows, where this process has a fan-out.
 */
export class LogFirst implements Pipeline {
  readonly name = 'log-first'
  readonly #parts: LogFirstParts
  readonly #pending = new Pending()
  readonly #linger: Linger
  readonly #queue = new RoomQueue<Entry>(({ draft }) => draft.roomId)
  readonly #underWay = new Map<string, Entry>()
  readonly #places = new Places()
  readonly #awaited = new Map<string, () => void>()
  #requests = 0

  constructor(parts: LogFirstParts) {
    this.#parts = parts
    this.#linger = new Linger(parts.lingerMs, () => this.#send())
  }

  get pending(): number {
    return this.#pending.count
  }

  accept(draft: Draft, done: Done): void {
    this.#pending.enter()
    const identity = identityOf(draft)
    const underWay = this.#underWay.get(identity)
    const known = underWay?.draft ?? this.#places.get(identity)
    if (known === undefined) this.#enqueue(draft, done, identity)
    else if (known.roomId !== draft.roomId) this.#answer(done, otherRoom(known.roomId))
    else if (underWay !== undefined) underWay.repeats.push(done)
    else this.#answer(done, known as Accepted)
  }

  #enqueue(draft: Draft, done: Done, identity: string): void {
    const record = { key: draft.roomId, value: encodeDraft(draft) }
    const entry = { draft, done, sinceMs: performance.now(), identity, record, repeats: [] }
    this.#underWay.set(identity, entry)
    this.#queue.add(entry)
    this.#linger.poke()
  }

  drain(): Promise<void> {
    return this.#pending.idle()
  }

  /** Takes in what the fan-out shows, also of other gateways' messages. */
  learn(messages: readonly ChatMessage[]): void {
    for (const message of messages) {
      const identity = identityOf(message)
      this.#places.add(identity, { id: message.id, roomId: message.roomId, seq: message.seq })
      if (this.#awaited.size > 0) this.#awaited.get(identity)?.()
    }
  }

  #answer(done: Done, outcome: Accepted | ChatError): void {
    setImmediate(() => this.#pending.settle(done, outcome))
  }

  #send(): void {
    if (this.#requests >= requestsInFlight || this.#queue.ready === 0) return
    let bytes = 0
    const batch = this.#queue.take((entry) => {
      const fits = bytes === 0 || bytes + entry.record.value.length <= requestBytes
      bytes += entry.record.value.length
      return fits
    })
    this.#requests += 1
    void this.#append(batch).finally(() => {
      this.#requests -= 1
      this.#queue.release(batch)
      if (this.#queue.ready > 0) this.#linger.poke()
    })
    if (this.#queue.ready > 0) this.#linger.poke()
  }

  async #append(batch: readonly Entry[]): Promise<void> {
    const backoff = new Backoff()
    let uncertain = false
    let rest: readonly Entry[] = batch
    while (rest.length > 0) {
      let positions: LogPosition[]
      try {
        positions = await this.#parts.log.append(
          topics.messages,
          rest.map(({ record }) => record),
        )
      } catch (error) {
        uncertain ||= !(error instanceof LogError && error.effect === 'definite')
        if (!(error instanceof LogError && error.retryable)) return this.#giveUp(rest, uncertain, error)
        rest = this.#expire(rest, uncertain, error)
        if (rest.length > 0) await backoff.pause()
        continue
      }
      if (uncertain && this.#parts.learns) await this.#confirm(rest)
      return this.#complete(rest, positions)
    }
  }

  #complete(batch: readonly Entry[], positions: readonly LogPosition[]): void {
    for (const [index, { identity, draft }] of batch.entries()) {
      const seq = seqOf(this.#parts.epoch, positions[index]!.offset)
      this.#places.add(identity, { id: draft.id, roomId: draft.roomId, seq })
      this.#underWay.delete(identity)
    }
    for (const entry of batch) {
      const place = this.#places.get(entry.identity)!
      this.#settle(entry, place.roomId === entry.draft.roomId ? place : otherRoom(place.roomId))
    }
  }

  /** Waits until the fan-out has shown each of the identities, or long enough. */
  async #confirm(batch: readonly Entry[]): Promise<void> {
    const shown = batch
      .filter(({ identity }) => this.#places.get(identity) === undefined)
      .map(({ identity }) => new Promise<void>((resolve) => this.#awaited.set(identity, resolve)))
    await Promise.race([Promise.all(shown), sleep(confirmMs, undefined, { ref: false })])
    for (const { identity } of batch) this.#awaited.delete(identity)
  }

  /** Gives up what has waited too long, in the request and behind it; returns what may be tried again. */
  #expire(batch: readonly Entry[], uncertain: boolean, cause: unknown): readonly Entry[] {
    const deadlineMs = performance.now() - patienceMs
    const isLate = ({ sinceMs }: Entry) => sinceMs < deadlineMs
    this.#giveUp(batch.filter(isLate), uncertain, cause)
    this.#giveUp(this.#queue.remove(isLate), false, cause)
    return batch.filter((entry) => !isLate(entry))
  }

  #giveUp(batch: readonly Entry[], uncertain: boolean, cause: unknown): void {
    for (const entry of batch) {
      this.#underWay.delete(entry.identity)
      this.#settle(entry, givenUp('log', uncertain, cause))
    }
  }

  #settle(entry: Entry, outcome: Accepted | ChatError): void {
    this.#pending.settle(entry.done, outcome)
    for (const done of entry.repeats) this.#pending.settle(done, outcome)
  }
}
