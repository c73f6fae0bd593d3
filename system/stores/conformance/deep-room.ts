import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import type { ChatMessage } from '../../protocol/message.ts'
import type { Store } from '../store.ts'
import type { StoreCase } from './case.ts'
import { message } from './samples.ts'

const batchRows = 500
const batchesInFlight = 4
const pageRows = 10
const walkRows = 200

/** A page that costs more than this many times the page of a small room was not found but searched for. */
const mostTimesDearer = 8
const measuredReads = 15

/** Seqs as a log gives them: far from zero, with the gaps that other rooms leave. */
function deep(k: number): ChatMessage {
  const seqOf = (place: number) => 2 ** 40 + 3 * place
  return message(k, { roomId: 'deep', seq: seqOf(k), prevSeq: k === 1 ? 0 : seqOf(k - 1) })
}

function range(from: number, to: number): ChatMessage[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, i) => deep(from + i))
}

async function fill(store: Store, rows: number): Promise<void> {
  let next = 1
  const writer = async () => {
    while (next <= rows) {
      const from = next
      next += batchRows
      await store.appendMessages(range(from, Math.min(rows + 1, from + batchRows)))
    }
  }
  await Promise.all(Array.from({ length: batchesInFlight }, writer))
}

/** Walks the room and compares page by page, so that the room need not fit into memory. */
async function walkForwards(store: Store, rows: number): Promise<void> {
  for (let k = 1; k <= rows; k += walkRows) {
    const page = await store.readAfter('deep', k === 1 ? 0 : deep(k - 1).seq, walkRows)
    assert.deepEqual(page, range(k, Math.min(rows + 1, k + walkRows)))
  }
  assert.deepEqual(await store.readAfter('deep', deep(rows).seq, walkRows), [])
}

async function walkBackwards(store: Store, rows: number): Promise<void> {
  for (let k = rows; k >= 1; k -= walkRows) {
    const page = await store.readBefore('deep', k === rows ? undefined : deep(k + 1).seq, walkRows)
    assert.deepEqual(page, range(Math.max(1, k - walkRows + 1), k + 1).reverse())
  }
}

type Read = () => Promise<unknown>

/**
 * The least time of several tries of each read, taken in turns: what else the machine does only ever adds to a try,
 * so the least one is that of the read itself.
 */
async function leastMs(reads: Readonly<Record<string, Read>>): Promise<Map<string, number>> {
  const least = new Map<string, number>()
  for (let turn = 0; turn < measuredReads; turn++) {
    for (const [name, read] of Object.entries(reads)) {
      const beganMs = performance.now()
      await read()
      const tookMs = performance.now() - beganMs
      least.set(name, Math.min(tookMs, least.get(name) ?? tookMs))
    }
  }
  return least
}

/** The case for a room of so many messages. */
export function deepRoomCase(rows: number): StoreCase {
  return {
    name: 'a room of very many messages is walked whole both ways, and no page of it costs more than one of a small room',
    async run({ store }) {
      await fill(store, rows)
      await walkForwards(store, rows)
      await walkBackwards(store, rows)
      const boundMs = mostTimesDearer * (await dearestOfSmallRoomMs(store))
      for (const [read, tookMs] of await leastMs(readsOf(store, rows))) {
        const times = `${tookMs.toFixed(2)} ms at best, at most ${boundMs.toFixed(2)} are allowed`
        assert.ok(tookMs <= boundMs, `${read} in a room of ${rows} messages took ${times}`)
      }
    },
  }
}

async function dearestOfSmallRoomMs(store: Store): Promise<number> {
  const inSmall = (k: number) => message(k, { roomId: 'small', clientMessageId: `small-${k}` })
  await store.appendMessages(Array.from({ length: 50 }, (_, i) => inSmall(i + 1)))
  const least = await leastMs({
    before: () => store.readBefore('small', 25, pageRows),
    after: () => store.readAfter('small', 25, pageRows),
    last: () => store.lastSeqs([{ roomId: 'small', belowSeq: 25 }]),
  })
  return Math.max(...least.values())
}

function readsOf(store: Store, rows: number): Record<string, Read> {
  const middle = deep(Math.ceil(rows / 2)).seq
  return {
    'the newest page': () => store.readBefore('deep', undefined, pageRows),
    'a page in the middle, backwards,': () => store.readBefore('deep', middle, pageRows),
    'a page in the middle, forwards,': () => store.readAfter('deep', middle, pageRows),
    'the oldest page, backwards,': () => store.readBefore('deep', deep(pageRows).seq, pageRows),
    'the oldest page, forwards,': () => store.readAfter('deep', 0, pageRows),
    'the newest page, forwards,': () => store.readAfter('deep', deep(rows - pageRows).seq, pageRows),
    'the last seq below the middle': () => store.lastSeqs([{ roomId: 'deep', belowSeq: middle }]),
  }
}
