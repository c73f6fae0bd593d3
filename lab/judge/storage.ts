import type { StorageResult } from '../../reports/schema/result.ts'
import type { DiskUsage } from '../measure/diskUsage.ts'

/** The store's data folder at four instants, each with what the engine held in memory written to it before. */
export interface StorageMarks {
  /** The schema, and nobody in it. */
  readonly empty: DiskUsage
  /** Users, rooms and history, before the load. */
  readonly before: DiskUsage
  /** After the drain and the audit. */
  readonly after: DiskUsage
  /** After the engine's own compaction, where that was asked for. */
  readonly compacted: DiskUsage | null
  /** What the store's processes gave to the block layer between `before` and `after`; null where nobody tells. */
  readonly writtenBytes: number | null
}

export interface StoredMessages {
  /** Of the run, as the audit found them. */
  readonly messages: number
  readonly history: number
  /** Of each body, history included. */
  readonly bodyBytes: number
}

/** The figures of docs/measuring.md, "What a message costs on disk". */
export function storageOf(marks: StorageMarks, { messages, history, bodyBytes }: StoredMessages): StorageResult {
  const { empty, before, after, compacted, writtenBytes } = marks
  const bodies = messages * bodyBytes
  const a = (total: number, count: number) => (count === 0 ? null : Number((total / count).toFixed(2)))
  return {
    bytesEmpty: empty.bytes,
    bytesBefore: before.bytes,
    bytesAfter: after.bytes,
    bytesCompacted: compacted?.bytes ?? null,
    journalBytes: after.journalBytes,
    messages,
    history,
    bytesPerMessage: a(after.bytes - before.bytes, messages),
    compactedBytesPerMessage: compacted === null ? null : a(compacted.bytes - empty.bytes, messages + history),
    bodyBytes: bodies,
    writtenBytes,
    writeAmplification: writtenBytes === null ? null : a(writtenBytes, bodies),
  }
}
