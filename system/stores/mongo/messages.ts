import type { Collection } from 'mongodb'
import type { ChatMessage } from '../../protocol/message.ts'
import { StoreError } from '../store.ts'
import { documentFrom, type MessageDocument, messageFrom, messageKey, roomEndKey } from './documents.ts'
import { refusedIndices } from './errors.ts'
import { eachOf } from './pool.ts'

/** Messages, keyed by `roomId:seq`: ranges and order come from the primary index alone. */
export class MessageCollection {
  readonly #messages: Collection<MessageDocument>

  constructor(messages: Collection<MessageDocument>) {
    this.#messages = messages
  }

  /** Unordered: a document the unique keys refuse does not stop those behind it. */
  async append(messages: readonly ChatMessage[]): Promise<{ readonly refused: readonly ChatMessage[] }> {
    if (messages.length === 0) return { refused: [] }
    try {
      await this.#messages.insertMany(messages.map(documentFrom), { ordered: false, forceServerObjectId: true })
      return { refused: [] }
    } catch (error) {
      const indices = refusedIndices(error)
      if (!indices) throw error
      return { refused: await this.#refusedFor(indices.map((index) => messages[index]!)) }
    }
  }

  async readBefore(roomId: string, beforeSeq: number | undefined, limit: number): Promise<ChatMessage[]> {
    const end = beforeSeq === undefined ? roomEndKey(roomId) : messageKey(roomId, beforeSeq)
    const range = { _id: { $gt: messageKey(roomId, 0), $lt: end } }
    return (await this.#messages.find(range).sort({ _id: -1 }).limit(limit).toArray()).map(messageFrom)
  }

  async readAfter(roomId: string, afterSeq: number, limit: number): Promise<ChatMessage[]> {
    const range = { _id: { $gt: messageKey(roomId, afterSeq), $lt: roomEndKey(roomId) } }
    return (await this.#messages.find(range).sort({ _id: 1 }).limit(limit).toArray()).map(messageFrom)
  }

  lastSeqs(positions: readonly { readonly roomId: string; readonly belowSeq: number }[]): Promise<number[]> {
    return eachOf(positions, async ({ roomId, belowSeq }) => {
      const range = { _id: { $gt: messageKey(roomId, 0), $lt: messageKey(roomId, belowSeq) } }
      const last = await this.#messages.findOne(range, { sort: { _id: -1 }, projection: { seq: 1 } })
      return last?.seq ?? 0
    })
  }

  /** Of messages a unique key refused: those whose identity is stored under another place. The rest is stored already. */
  async #refusedFor(messages: readonly ChatMessage[]): Promise<ChatMessage[]> {
    const keys = messages.map((message) => messageKey(message.roomId, message.seq))
    const fields = { projection: { senderId: 1, clientMessageId: 1 } }
    const stored = new Map<string, string>()
    for await (const document of this.#messages.find({ _id: { $in: keys } }, fields)) {
      stored.set(document._id, identityOf(document))
    }
    const others = messages.filter((message, i) => stored.get(keys[i]!) !== identityOf(message))
    await eachOf(others, async (message) => {
      const { roomId, seq, senderId, clientMessageId } = message
      if (!(await this.#messages.findOne({ senderId, clientMessageId }))) throw placeTaken(roomId, seq)
    })
    return others
  }
}

function identityOf(message: { readonly senderId: string; readonly clientMessageId: string }): string {
  return JSON.stringify([message.senderId, message.clientMessageId])
}

function placeTaken(roomId: string, seq: number): StoreError {
  return new StoreError(
    'STORE-FAILED',
    `Another message is stored as (${roomId}, ${seq}): two logs gave the same place; check the log epochs of this store.`,
    { effect: 'indefinite', retryable: false },
  )
}
