import type { Draft } from '../../protocol/message.ts'

/** What SQLite binds. */
export type Value = string | number | null

/**
 * Messages cross to the worker as one flat array, in the order of the INSERT's columns: that costs half of what a
 * structured clone of the objects does (0.8 against 1.6 us a row).
 */
export const draftColumns = 10

export function flattenDrafts(drafts: readonly Draft[]): Value[] {
  const values: Value[] = []
  for (const d of drafts) {
    values.push(d.roomId, d.id, d.senderId, d.nickname, d.clientMessageId)
    values.push(d.type, d.body, d.fileId ?? null, d.sentAtMs ?? null, d.acceptedAtMs)
  }
  return values
}
