import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { ChatMessage } from '../protocol/message.ts'
import { type RecentCache, recentMessages } from './cache.ts'
import { type CacheOutcome, newestPages } from './pages.ts'

const limit = { timeout: 60_000 }

/** Registers the suite every cache must pass: it may know little, and what is read through it is what the store has. */
export function cacheConformance(name: string, open: () => Promise<RecentCache>): void {
  describe(`cache ${name}`, () => {
    let cache: RecentCache
    before(async () => {
      cache = await open()
    })
    after(() => cache.close())
    reading(() => cache)
    filling(() => cache)
  })
}

function reading(cache: () => RecentCache): void {
  test('a page is what the store would answer, whatever of the room was put', limit, async () => {
    for (let round = 0; round < 20; round++) {
      const room = new Room(round * 11)
      const { read } = through(cache(), room)
      await cache().put(room.messages.filter(({ seq }) => (seq * 31 + round) % 5 !== 0))
      for (const rows of [1, 3, 50, recentMessages, recentMessages + 50])
        assert.deepEqual(await read(room.id, rows), room.newest(rows), `${room.messages.length} messages, page ${rows}`)
    }
  })

  test('what was put late, twice or out of order changes nothing', limit, async () => {
    const room = new Room(30)
    const { read } = through(cache(), room)
    await cache().put(room.messages.toReversed())
    await cache().put(room.messages.slice(3, 9))
    assert.deepEqual(await read(room.id, 20), room.newest(20))
    room.grow(1)
    assert.deepEqual(await read(room.id, 20), room.newest(20), 'the store has one more')
    await cache().put(room.only(room.lastSeq))
    assert.deepEqual(await read(room.id, 20), room.newest(20))
  })

  test('rooms are kept apart, and every field as it was', limit, async () => {
    const rooms = [new Room(5), new Room(5)]
    await cache().put(rooms.flatMap(({ messages }) => messages))
    for (const room of rooms) assert.deepEqual(await through(cache(), room).read(room.id, 5), room.newest(5))
  })
}

function filling(cache: () => RecentCache): void {
  test('a room that was put whole is answered without the store, and goes on so', limit, async () => {
    const room = new Room(recentMessages + 20)
    const { read, outcomes } = through(cache(), room)
    await cache().put(room.messages)
    await read(room.id, 50)
    room.grow(10)
    await cache().put(room.messages.slice(-10))
    await read(room.id, recentMessages)
    assert.deepEqual(outcomes, cache().kind === 'none' ? [] : ['hit', 'hit'])
  })

  test('a page that was missing is there the next time', limit, async () => {
    const room = new Room(80)
    const { read, outcomes } = through(cache(), room)
    await read(room.id, 50)
    // The fill is not waited for by the reader, but what is asked next comes after it.
    await read(room.id, 50)
    assert.deepEqual(outcomes, cache().kind === 'none' ? [] : ['miss', 'hit'])
    assert.deepEqual(await read(room.id, 50), room.newest(50))
  })

  test('a page larger than what is kept is the store’s alone', limit, async () => {
    const room = new Room(recentMessages + 20)
    const { read, outcomes } = through(cache(), room)
    assert.equal((await read(room.id, recentMessages + 1)).length, recentMessages + 1)
    assert.deepEqual(outcomes, [])
  })
}

/** Reads of a room through the cache, with what became of each. */
function through(cache: RecentCache, room: Room) {
  const outcomes: CacheOutcome[] = []
  const read = newestPages(room, cache, (outcome) => outcomes.push(outcome))
  return { read, outcomes }
}

/** The store, as far as one room goes. Seqs rise with gaps, as a log's do. */
class Room {
  readonly id = randomUUID()
  readonly messages: ChatMessage[] = []

  constructor(count: number) {
    this.grow(count)
  }

  get lastSeq(): number {
    return this.messages.at(-1)?.seq ?? 0
  }

  grow(count: number): void {
    for (let i = 0; i < count; i++) this.messages.push(this.#next())
  }

  only(seq: number): ChatMessage[] {
    return this.messages.filter((message) => message.seq === seq)
  }

  newest(rows: number): ChatMessage[] {
    return this.messages.slice(-rows).toReversed()
  }

  async readBefore(_room: string, _before: number | undefined, rows: number): Promise<ChatMessage[]> {
    return this.newest(rows)
  }

  async lastSeqs(): Promise<number[]> {
    return [this.lastSeq]
  }

  #next(): ChatMessage {
    const seq = this.lastSeq === 0 ? 2 ** 40 + 3 : this.lastSeq + 1 + (this.messages.length % 4)
    return {
      id: randomUUID(),
      roomId: this.id,
      senderId: 'sender',
      nickname: '보내는이',
      clientMessageId: randomUUID(),
      type: 'TALK',
      body: '한글 \u0000 "\n',
      acceptedAtMs: 1_700_000_000_000,
      ...(seq % 2 === 0 && { fileId: 'file', sentAtMs: 5 }),
      seq,
      prevSeq: this.lastSeq,
    }
  }
}
