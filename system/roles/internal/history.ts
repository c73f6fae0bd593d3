import { type Static, Type } from '@sinclair/typebox'
import { monotonicFactory } from 'ulid'
import { limits } from '../../protocol/limits.ts'
import type { ChatMessage } from '../../protocol/message.ts'
import type { User } from '../../stores/directory.ts'
import type { Store } from '../../stores/store.ts'

/** Messages that are in the store before a run begins, in all; each room gets an equal share of them. */
export const HistoryRequest = Type.Object(
  {
    messages: Type.Integer({ minimum: 0, maximum: 2 ** 32 }),
    bodyBytes: Type.Integer({ minimum: 1, maximum: limits.bodyBytes }),
  },
  { additionalProperties: false },
)
export type HistoryRequest = Static<typeof HistoryRequest>

export interface HistoryRoom {
  readonly id: string
  readonly members: readonly Pick<User, 'id' | 'nickname'>[]
}

const batchRows = 1_000
/** So far apart they were accepted, the last one just before the seeding. */
const stepMs = 1_000

/**
 * Writes message 0, 1, 2 ... of a history to the rooms in turn, as live rooms would have mixed them, and resolves to
 * each room's last seq. Seqs are 1, 2, 3 of each room: a log-first edition begins far above (at 2^40), a store-first
 * one goes on counting. Message i is named `history-<i>`, as no client of a run names one.
 * Rejects with the store's error; what was written until then stays.
 */
export async function writeHistory(
  store: Pick<Store, 'appendMessages'>,
  rooms: readonly HistoryRoom[],
  { messages, bodyBytes }: HistoryRequest,
): Promise<number[]> {
  const nextId = monotonicFactory()
  const bodyOf = bodies(bodyBytes)
  const beganAtMs = Date.now() - messages * stepMs
  const messageOf = (i: number): ChatMessage => {
    const { id: roomId, members } = rooms[i % rooms.length]!
    const prevSeq = Math.floor(i / rooms.length)
    const sender = members[prevSeq % members.length]!
    const acceptedAtMs = beganAtMs + i * stepMs
    return {
      // One time for all: a ULID of a new time costs 50 us, the next one of the same time 1.
      id: nextId(beganAtMs),
      roomId,
      senderId: sender.id,
      nickname: sender.nickname,
      clientMessageId: `history-${i}`,
      type: 'TALK',
      body: bodyOf(i),
      acceptedAtMs,
      seq: prevSeq + 1,
      prevSeq,
    }
  }
  for (let first = 0; first < messages; first += batchRows) {
    const count = Math.min(batchRows, messages - first)
    const { refused } = await store.appendMessages(Array.from({ length: count }, (_, i) => messageOf(first + i)))
    if (refused.length > 0) throw new Error(`the store refused ${refused.length} messages of a new history`)
  }
  return rooms.map((_, room) => Math.ceil(Math.max(0, messages - room) / rooms.length))
}

const words =
  '안녕하세요 오늘 저녁에 만날까요 사진 보내 주세요 축하해요 🎉 hello are you coming tonight the meeting at three'
    .split(' ')
    .map((text) => ({ text, bytes: Buffer.byteLength(text) }))
const texts = 64
const tailChars = 8

/** Like the load's: a stock of texts of exactly that many bytes, each ended by its index, so that no two are equal. */
function bodies(bodyBytes: number): (index: number) => string {
  const tail = Math.min(tailChars, bodyBytes)
  const stock = Array.from({ length: texts }, (_, i) => compose(i, bodyBytes - tail))
  return (index) => stock[index % texts]! + index.toString(36).padStart(tailChars, '0').slice(-tail)
}

/** Every `stride`-th word, from word `start` on; what a last word would leave over is filled with dots. */
function compose(start: number, bytes: number): string {
  const stride = 1 + (start % (words.length - 1))
  let text = ''
  let left = bytes
  for (let at = start; ; at += stride) {
    const word = words[at % words.length]!
    if (word.bytes + 1 > left) return text + '.'.repeat(left)
    text += `${word.text} `
    left -= word.bytes + 1
  }
}
