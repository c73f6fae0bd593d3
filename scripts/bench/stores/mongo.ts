import { MongoClient } from 'mongodb'
import type { ChatMessage } from '../../../system/protocol/message.ts'
import type { Floor } from './floor.ts'

interface Documents {
  readonly messages: readonly { readonly _id: string }[]
  readonly identities: readonly { readonly _id: string; readonly message: string }[]
}

/** The driver's own bulk inserts: identities, then messages, unordered and journalled. */
export async function bareMongo(url: string): Promise<Floor<Documents>> {
  const client = new MongoClient(url, { writeConcern: { w: 'majority', journal: true } })
  const messages = client.db().collection<{ _id: string }>('floor')
  const identities = client.db().collection<{ _id: string; message: string }>('floor_identities')
  return {
    prepare: documentsOf,
    append: async (documents) => {
      await identities.insertMany([...documents.identities], { ordered: false })
      await messages.insertMany([...documents.messages], { ordered: false })
    },
    close: async () => {
      await client.db().dropDatabase()
      await client.close()
    },
  }
}

function documentsOf(batch: readonly ChatMessage[]): Documents {
  const messages = batch.map((message) => ({
    _id: `${message.roomId}:${String(message.seq).padStart(16, '0')}`,
    ...message,
  }))
  const identities = messages.map(({ _id, senderId, clientMessageId }) => ({
    _id: `${senderId}:${clientMessageId}`,
    message: _id,
  }))
  return { messages, identities }
}
