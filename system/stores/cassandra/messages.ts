import type { ChatMessage } from '../../protocol/message.ts'
import { placeTaken } from '../place-taken.ts'
import { Buckets } from './buckets.ts'
import { Claims } from './claims.ts'
import { identityClaim, identityKey, insertMessage, messageColumns, messageFrom, messageParams } from './rows.ts'
import { bucketOf } from './schema.ts'
import { eachOf, type Session, type Statement } from './session.ts'

/** One mutation holds at most this much text: far below half a segment of the commit log, which is the engine's limit. */
const mutationChars = 65_536
/** What a message has beside its body, roughly. */
const rowChars = 250
/** Rooms a process remembers the end of. */
const rememberedRooms = 100_000

interface RoomEnd {
  readonly bucket: number
  /** The highest seq this process has written: places above it are empty. */
  readonly seq: number
}

/** Messages in partitions `(room, bucket)`, newest first; their identities are claimed before they are written. */
export class MessageTable {
  readonly #session: Session
  readonly #identities: Claims
  readonly buckets: Buckets
  readonly #ends = new Map<string, RoomEnd>()

  constructor(session: Session) {
    this.#session = session
    this.#identities = new Claims(session, 'identities')
    this.buckets = new Buckets(session)
  }

  /**
   * A claim outlives a process that dies before it wrote the message: the log then delivers that message again, under
   * the same seq, and finds the claim its own.
   */
  async append(messages: readonly ChatMessage[]): Promise<{ readonly refused: readonly ChatMessage[] }> {
    const claims = messages.map(identityClaim)
    const holders = await this.#identities.take(claims)
    const isRefused = claims.map(({ key, holder }) => holders.get(key) !== holder)
    const refused = messages.filter((_, index) => isRefused[index])
    const taken = refused.length === 0 ? messages : messages.filter((_, index) => !isRefused[index])
    await eachOf([...byRoom(taken)], ([roomId, ofRoom]) => this.#writeRoom(roomId, ofRoom))
    return { refused }
  }

  async readBefore(roomId: string, beforeSeq: number | undefined, limit: number): Promise<ChatMessage[]> {
    const seq = (beforeSeq ?? Number.MAX_SAFE_INTEGER + 1) - 1
    const query = `SELECT ${messageColumns} FROM messages WHERE room_id = ? AND bucket = ? AND seq <= ? LIMIT ?`
    const read = (bucket: number, rows: number) => this.#session.rows(query, [roomId, bucket, seq, rows])
    return (await this.buckets.walk('down', { roomId, seq }, limit, read)).map(messageFrom)
  }

  async readAfter(roomId: string, afterSeq: number, limit: number): Promise<ChatMessage[]> {
    const query = `SELECT ${messageColumns} FROM messages WHERE room_id = ? AND bucket = ? AND seq > ?
      ORDER BY seq ASC LIMIT ?`
    const read = (bucket: number, rows: number) => this.#session.rows(query, [roomId, bucket, afterSeq, rows])
    return (await this.buckets.walk('up', { roomId, seq: afterSeq + 1 }, limit, read)).map(messageFrom)
  }

  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): Promise<number[]> {
    const query = 'SELECT seq FROM messages WHERE room_id = ? AND bucket = ? AND seq < ? LIMIT ?'
    return eachOf(positions, async ({ roomId, belowSeq }) => {
      const read = (bucket: number, rows: number) => this.#session.rows(query, [roomId, bucket, belowSeq, rows])
      const [last] = await this.buckets.walk('down', { roomId, seq: belowSeq - 1 }, 1, read)
      return last?.seq.toNumber() ?? 0
    })
  }

  /** In order of seq, one mutation after the other: what is read of a room is never without what comes before it. */
  async #writeRoom(roomId: string, messages: readonly ChatMessage[]): Promise<void> {
    const end = this.#ends.get(roomId)
    const known = messages.filter(({ seq }) => seq <= (end?.seq ?? Number.POSITIVE_INFINITY))
    await this.#checkPlaces(roomId, known)
    let listed = end?.bucket
    for (const { bucket, rows } of mutations(messages)) {
      if (bucket !== listed) await this.buckets.add(roomId, bucket)
      listed = bucket
      await this.#session.onePartition(rows.map(statementOf))
    }
    this.#remember(roomId, { bucket: listed!, seq: Math.max(end?.seq ?? 0, messages.at(-1)!.seq) })
  }

  /** An insert here writes over what is there, so a place that may be taken is looked at first. */
  async #checkPlaces(roomId: string, messages: readonly ChatMessage[]): Promise<void> {
    const query = `SELECT seq, sender_id, client_message_id FROM messages
      WHERE room_id = ? AND bucket = ? AND seq IN ?`
    for (const { bucket, rows } of mutations(messages)) {
      const identities = new Map(rows.map((message) => [message.seq, identityKey(message)]))
      const stored = await this.#session.rows(query, [roomId, bucket, [...identities.keys()]])
      for (const row of stored) {
        const identity = identityKey({ senderId: row.sender_id, clientMessageId: row.client_message_id })
        if (identities.get(row.seq.toNumber()) !== identity) throw placeTaken(roomId, row.seq.toNumber())
      }
    }
  }

  #remember(roomId: string, end: RoomEnd): void {
    this.#ends.delete(roomId)
    this.#ends.set(roomId, end)
    if (this.#ends.size > rememberedRooms) this.#ends.delete(this.#ends.keys().next().value!)
  }
}

/** The messages of each room in order of seq. Throws where two of them have one place. */
function byRoom(messages: readonly ChatMessage[]): Map<string, ChatMessage[]> {
  const rooms = new Map<string, ChatMessage[]>()
  for (const message of messages) {
    const ofRoom = rooms.get(message.roomId)
    if (ofRoom === undefined) rooms.set(message.roomId, [message])
    else ofRoom.push(message)
  }
  for (const ofRoom of rooms.values()) {
    ofRoom.sort((a, b) => a.seq - b.seq)
    for (const [index, message] of ofRoom.entries()) {
      const before = ofRoom[index - 1]
      if (before?.seq === message.seq && identityKey(before) !== identityKey(message))
        throw placeTaken(message.roomId, message.seq)
    }
  }
  return rooms
}

/** Runs of messages in order of seq that are of one bucket and small enough together to be one mutation. */
function mutations(messages: readonly ChatMessage[]): { bucket: number; rows: ChatMessage[] }[] {
  const runs: { bucket: number; rows: ChatMessage[] }[] = []
  let chars = 0
  for (const message of messages) {
    const bucket = bucketOf(message.seq)
    const added = message.body.length + rowChars
    const run = runs.at(-1)
    if (run === undefined || run.bucket !== bucket || chars + added > mutationChars) {
      runs.push({ bucket, rows: [message] })
      chars = added
    } else {
      run.rows.push(message)
      chars += added
    }
  }
  return runs
}

function statementOf(message: ChatMessage): Statement {
  return { query: insertMessage, params: messageParams(message) }
}
