import type { Collection } from 'mongodb'
import type { ChatMessage } from '../../protocol/message.ts'
import { type IdentityDocument, identityDocument, identityKey, messageKey } from './documents.ts'
import { insertNew } from './insert.ts'

/**
 * Who has which `(senderId, clientMessageId)`: one small document each, its `_id` made of both. A collection of its
 * own, not a unique index of `messages`: a collection sharded by room can have no unique index of another key, and on
 * FerretDB that index cost three times what the message itself does (docs/performance.md).
 */
export class IdentityCollection {
  readonly #identities: Collection<IdentityDocument>

  constructor(identities: Collection<IdentityDocument>) {
    this.#identities = identities
  }

  /**
   * Gives each message its identity unless another one has it; returns those that were refused. A claim outlives a
   * process that dies before it wrote the message: the log then delivers that message again, under the same seq.
   */
  async claim(messages: readonly ChatMessage[]): Promise<readonly ChatMessage[]> {
    const indices = await insertNew(this.#identities, messages.map(identityDocument))
    if (indices.length === 0) return []
    const repeated = indices.map((index) => messages[index]!)
    const holders = new Map<string, string>()
    for await (const { _id, message } of this.#identities.find({ _id: { $in: repeated.map(identityKey) } })) {
      holders.set(_id, message)
    }
    return repeated.filter((message) => holders.get(identityKey(message)) !== messageKey(message.roomId, message.seq))
  }
}
