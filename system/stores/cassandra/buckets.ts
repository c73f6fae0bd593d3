import type { types } from 'cassandra-driver'
import { bucketOf } from './schema.ts'
import { eachOf, type Session } from './session.ts'

/** Buckets looked up at once. */
const listed = 16
/** Buckets of a quiet room hold few rows each: after the first one they are read together, ever more at a time. */
const widening = 4

/**
 * Which buckets of a room hold anything: seqs have gaps, with a log-first edition wide ones, so buckets that follow each
 * other are found here and not by trying. A bucket is listed before its first message is written and after the last
 * one of the bucket before is: whoever sees a bucket listed sees the ones before it whole.
 */
export class Buckets {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  /** Lists it; again is harmless. */
  async add(roomId: string, bucket: number): Promise<void> {
    const query = 'INSERT INTO room_buckets (room_id, bucket) VALUES (?, ?) USING TIMESTAMP 1'
    await this.#session.write(query, [roomId, bucket])
  }

  async from(roomId: string, seq: number): Promise<number[]> {
    const query = 'SELECT bucket FROM room_buckets WHERE room_id = ? AND bucket >= ?'
    return (await this.#session.rows(query, [roomId, bucketOf(seq)])).map(bucketIn)
  }

  /** Rows of the room's buckets from that of `seq` on, `read` giving at most `limit` of one bucket; in that order. */
  async walk(
    direction: 'up' | 'down',
    position: { readonly roomId: string; readonly seq: number },
    limit: number,
    read: (bucket: number, limit: number) => Promise<types.Row[]>,
  ): Promise<types.Row[]> {
    const rows: types.Row[] = []
    let edge = bucketOf(position.seq)
    for (;;) {
      // One more than is read: the last one read may still grow unless another one is listed behind it.
      const buckets = await this.#list(direction, position.roomId, edge)
      await readInto(rows, buckets.slice(0, listed), limit, read)
      if (rows.length >= limit || buckets.length <= listed) return rows.slice(0, limit)
      edge = buckets[listed]!
    }
  }

  async #list(direction: 'up' | 'down', roomId: string, edge: number): Promise<number[]> {
    const [bound, order] = direction === 'up' ? ['>=', 'ASC'] : ['<=', 'DESC']
    const query = `SELECT bucket FROM room_buckets WHERE room_id = ? AND bucket ${bound} ?
      ORDER BY bucket ${order} LIMIT ${listed + 1}`
    return (await this.#session.rows(query, [roomId, edge])).map(bucketIn)
  }
}

async function readInto(
  rows: types.Row[],
  buckets: readonly number[],
  limit: number,
  read: (bucket: number, limit: number) => Promise<types.Row[]>,
): Promise<void> {
  for (let first = 0, width = 1; first < buckets.length && rows.length < limit; width *= widening) {
    const missing = limit - rows.length
    const parts = await eachOf(buckets.slice(first, first + width), (bucket) => read(bucket, missing))
    for (const part of parts) rows.push(...part)
    first += width
  }
}

function bucketIn(row: types.Row): number {
  return row.bucket.toNumber()
}
