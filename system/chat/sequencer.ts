import type { ChatMessage, Draft } from '../protocol/message.ts'
import { identityOf } from './identity.ts'
import { decodeDraft } from './record.ts'

/**
 * Turns the records of the message log into messages with their place. Everything it decides is a function of
 * the log alone, so gateways and the persister, whenever they started, agree on every message.
 *
 * seq: `epoch * 2^40 + offset + 1`.
 * prevSeq: seq of the room's previous message; for a room not seen yet it is asked of the store, which holds
 * everything below the place where the sequencer started.
 * Repeats: a partition's offsets are cut into generations of 10,000. A record is a repeat, and yields nothing,
 * when a record with the same sender and clientMessageId stands before it in its own generation or in the one
 * before. So a repeat is found for certain up to 10,000 records later in its partition, never beyond 20,000; one
 * that comes later still is a message of its own here, under a new seq, and the store refuses it (`refused`). As generations are cut by offset and not by arrival, every
 * sequencer warmed from `warmStart` of its first offset has the same window.
 */
export const generationRecords = 10_000

/** Offsets of one epoch. */
const epochSpan = 2 ** 40

export function seqOf(epoch: number, offset: number): number {
  return epoch * epochSpan + offset + 1
}

/** First offset a sequencer must have been shown before it takes `offset`. */
export function warmStart(offset: number, generation = generationRecords): number {
  return Math.max(0, (Math.floor(offset / generation) - 1) * generation)
}

/** A record and its place in the log. */
export interface PlacedRecord {
  readonly key: string
  readonly value: Uint8Array
  readonly partition: number
  readonly offset: number
  /** When the log took it, Unix milliseconds. */
  readonly loggedAtMs?: number
}

export interface SequencerParts {
  /** Epoch of the log's topic, 1 to 8,191 so that every seq is a safe integer. */
  readonly epoch: number
  /** `Store.lastSeqs`. */
  readonly lastSeqs: (positions: readonly { readonly roomId: string; readonly belowSeq: number }[]) => Promise<number[]>
  /** Offsets of one generation; the same for all readers of a log. */
  readonly generationRecords?: number
  /** Gets each record that is no message, with the reason, in order. */
  readonly onDead: (record: PlacedRecord, reason: Error) => void
}

interface PartitionState {
  nextOffset: number
  generation: number
  current: Set<string>
  previous: Set<string>
  readonly lastSeqByRoom: Map<string, number>
}

interface Decoded {
  readonly record: PlacedRecord
  readonly draft: Draft | Error
}

export class Sequencer {
  readonly #parts: SequencerParts
  readonly #partitions = new Map<number, PartitionState>()

  constructor(parts: SequencerParts) {
    this.#parts = parts
  }

  /** The offset expected next; undefined for a partition that was never shown, or forgotten. */
  nextOffset(partition: number): number | undefined {
    return this.#partitions.get(partition)?.nextOffset
  }

  /** Seq of the room's last message taken, or found stored when its first one came; undefined before that. */
  lastSeq(roomId: string): number | undefined {
    for (const { lastSeqByRoom } of this.#partitions.values()) {
      const seq = lastSeqByRoom.get(roomId)
      if (seq !== undefined) return seq
    }
    return undefined
  }

  /** Drops what is known of a partition: another reader had it in between. */
  forget(partition: number): void {
    this.#partitions.delete(partition)
  }

  /**
   * The store has these messages' identities under another seq and left their places empty: the room's next message
   * names the one before them. What was taken after them names them already, and that stays.
   */
  refused(messages: readonly ChatMessage[]): void {
    for (const { roomId, seq, prevSeq } of messages.toSorted((a, b) => b.seq - a.seq)) {
      for (const { lastSeqByRoom } of this.#partitions.values()) {
        if (lastSeqByRoom.get(roomId) === seq) lastSeqByRoom.set(roomId, prevSeq)
      }
    }
  }

  /** Fills the window of identities with records that are in the store already. Yields nothing. */
  warm(records: readonly PlacedRecord[]): void {
    for (const record of this.#fresh(records)) {
      const { draft } = decode(record)
      const state = this.#enter(record)
      if (!(draft instanceof Error)) state.current.add(identityOf(draft))
    }
  }

  /**
   * Takes records, each partition's in order, and yields their messages in the same order. Records below
   * `nextOffset` were taken before and yield nothing. One call at a time.
   * Rejects when `lastSeqs` does; nothing was taken then and the same call may be repeated.
   */
  async take(records: readonly PlacedRecord[]): Promise<ChatMessage[]> {
    const decoded = this.#fresh(records).map(decode)
    await this.#learnRooms(decoded)
    const messages: ChatMessage[] = []
    for (const { record, draft } of decoded) {
      const state = this.#enter(record)
      if (draft instanceof Error) {
        this.#parts.onDead(record, draft)
        continue
      }
      const identity = identityOf(draft)
      const repeat = state.current.has(identity) || state.previous.has(identity)
      // A repeat keeps its identity fresh: whoever starts later sees only this copy.
      state.current.add(identity)
      if (repeat) continue
      const seq = seqOf(this.#parts.epoch, record.offset)
      const prevSeq = state.lastSeqByRoom.get(draft.roomId) ?? 0
      messages.push({ ...draft, seq, prevSeq, durableAtMs: record.loggedAtMs })
      state.lastSeqByRoom.set(draft.roomId, seq)
    }
    return messages
  }

  #fresh(records: readonly PlacedRecord[]): readonly PlacedRecord[] {
    const reach = new Map<number, number>()
    const isFresh = (record: PlacedRecord) => {
      const next = reach.get(record.partition) ?? this.nextOffset(record.partition) ?? 0
      if (record.offset < next) return false
      reach.set(record.partition, record.offset + 1)
      return true
    }
    return records.filter(isFresh)
  }

  async #learnRooms(decoded: readonly Decoded[]): Promise<void> {
    const unknown = new Map<string, { roomId: string; belowSeq: number; partition: number }>()
    for (const { record, draft } of decoded) {
      if (draft instanceof Error || unknown.has(draft.roomId)) continue
      if (this.#partitions.get(record.partition)?.lastSeqByRoom.has(draft.roomId)) continue
      const belowSeq = seqOf(this.#parts.epoch, record.offset)
      unknown.set(draft.roomId, { roomId: draft.roomId, belowSeq, partition: record.partition })
    }
    if (unknown.size === 0) return
    const rooms = [...unknown.values()]
    const seqs = await this.#parts.lastSeqs(rooms.map(({ roomId, belowSeq }) => ({ roomId, belowSeq })))
    for (const [index, { partition, roomId }] of rooms.entries()) {
      this.#state(partition).lastSeqByRoom.set(roomId, seqs[index] ?? 0)
    }
  }

  /** Moves the partition's window on to the record. */
  #enter(record: PlacedRecord): PartitionState {
    const state = this.#state(record.partition)
    state.nextOffset = record.offset + 1
    const generation = Math.floor(record.offset / (this.#parts.generationRecords ?? generationRecords))
    if (generation !== state.generation) {
      state.previous = generation === state.generation + 1 ? state.current : new Set()
      state.current = new Set()
      state.generation = generation
    }
    return state
  }

  #state(partition: number): PartitionState {
    let state = this.#partitions.get(partition)
    if (state === undefined) {
      state = { nextOffset: 0, generation: -1, current: new Set(), previous: new Set(), lastSeqByRoom: new Map() }
      this.#partitions.set(partition, state)
    }
    return state
  }
}

function decode(record: PlacedRecord): Decoded {
  try {
    return { record, draft: decodeDraft(record.value) }
  } catch (error) {
    return { record, draft: error instanceof Error ? error : new Error(String(error)) }
  }
}
