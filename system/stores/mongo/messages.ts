import type { Collection } from 'mongodb'
import type { ChatMessage } from '../../protocol/message.ts'
import { placeTaken } from '../place-taken.ts'
import {
  type Collections,
  documentFrom,
  identityKey,
  type MessageDocument,
  messageFrom,
  messageKey,
  roomEndKey,
} from './documents.ts'
import { IdentityCollection } from './identities.ts'
import { insertNew } from './insert.ts'
import { eachOf } from './pool.ts'

/** Messages, keyed by `roomId:seq`: ranges and order come from the primary index alone. */
export class MessageCollection {
  readonly #messages: Collection<MessageDocument>
  readonly #identities: IdentityCollection

  constructor({ messages, identities }: Pick<Collections, 'messages' | 'identities'>) {
    this.#messages = messages
    this.#identities = new IdentityCollection(identities)
  }

  /** An identity is claimed before its message is written, so that no two messages are stored under one. */
  async append(messages: readonly ChatMessage[]): Promise<{ readonly refused: readonly ChatMessage[] }> {
    if (messages.length === 0) return { refused: [] }
    const refused = await this.#identities.claim(messages)
    const taken = refused.length === 0 ? messages : messages.filter((message) => !refused.includes(message))
    if (taken.length > 0) await this.#write(taken)
    return { refused }
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

  async #write(messages: readonly ChatMessage[]): Promise<void> {
    const indices = await insertNew(this.#messages, messages.map(documentFrom))
    if (indices.length > 0) await this.#checkStored(indices.map((index) => messages[index]!))
  }

  /** Throws where the place of a message is another one's. */
  async #checkStored(messages: readonly ChatMessage[]): Promise<void> {
    const byKey = new Map(messages.map((message) => [messageKey(message.roomId, message.seq), message]))
    const fields = { projection: { senderId: 1, clientMessageId: 1 } }
    for await (const stored of this.#messages.find({ _id: { $in: [...byKey.keys()] } }, fields)) {
      const message = byKey.get(stored._id)!
      if (identityKey(stored) !== identityKey(message)) throw placeTaken(message.roomId, message.seq)
    }
  }
}
