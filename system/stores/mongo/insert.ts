import { type Collection, MongoBulkWriteError, type OptionalUnlessRequiredId } from 'mongodb'
import { isDuplicateKeyCode } from './errors.ts'

/** Unordered: a document that is refused does not stop those behind it. */
const options = { ordered: false, forceServerObjectId: true }

/**
 * Inserts every document that no unique key refuses; resolves to the indices of the refused ones. Rejects when
 * anything else went wrong; some may be inserted then.
 */
export async function insertNew<Document extends { readonly _id: string }>(
  collection: Collection<Document>,
  documents: readonly Document[],
): Promise<number[]> {
  if (documents.length === 0) return []
  try {
    await collection.insertMany(documents as readonly OptionalUnlessRequiredId<Document>[], options)
    return []
  } catch (error) {
    const refused = error instanceof MongoBulkWriteError ? [error.writeErrors].flat() : []
    // A lost connection is a bulk error too, whose list holds only what was answered before.
    const answered = error instanceof MongoBulkWriteError ? error.insertedCount + refused.length : 0
    if (answered !== documents.length || !refused.every(({ code }) => isDuplicateKeyCode(code))) throw error
    return refused.map(({ index }) => index)
  }
}
