import { topics } from '../chat/record.ts'
import { type Sequencer, warmStart } from '../chat/sequencer.ts'
import type { DurableLog, LoggedRecord } from '../logs/log.ts'

/** By partition: the store has every record below that offset. */
export type StoredBelow = ReadonlyMap<number, number>

/**
 * Prepares the sequencer for partitions that it sees for the first time, or again after another member of the group
 * had them: reads back from the log what fills their windows of identities, and takes what the store does not have
 * yet. `storedBelow` is asked with each such partition's first offset. Rejects when `gaveUp` says so.
 */
export async function warmUp(
  log: DurableLog,
  sequencer: Sequencer,
  records: readonly LoggedRecord[],
  gaveUp: AbortSignal,
  storedBelow: (firstOffsets: StoredBelow) => Promise<StoredBelow>,
): Promise<void> {
  const firstOffsets = new Map<number, number>()
  for (const { partition, offset } of records) {
    if (!firstOffsets.has(partition)) firstOffsets.set(partition, offset)
  }
  const strange = [...firstOffsets].filter(([partition, offset]) => {
    const next = sequencer.nextOffset(partition)
    return next === undefined || offset > next
  })
  if (strange.length === 0) return
  for (const [partition] of strange) sequencer.forget(partition)
  const ends = new Map(strange.filter(([, offset]) => offset > 0))
  if (ends.size > 0) await readBack(log, sequencer, ends, gaveUp, await storedBelow(ends))
}

async function readBack(
  log: DurableLog,
  sequencer: Sequencer,
  ends: Map<number, number>,
  gaveUp: AbortSignal,
  storedBelow: StoredBelow,
): Promise<void> {
  const storedOf = (partition: number) => storedBelow.get(partition) ?? 0
  const from = new Map([...ends].map(([partition, end]) => [partition, warmStart(Math.min(end, storedOf(partition)))]))
  const wanted = new Map(ends)
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  const onGaveUp = () => reject(gaveUp.reason)
  const reader = await log.tail(topics.messages, from, async (records) => {
    const below = records.filter(({ partition, offset }) => offset < (wanted.get(partition) ?? 0))
    const isStored = ({ partition, offset }: LoggedRecord) => offset < storedOf(partition)
    sequencer.warm(below.filter(isStored))
    await sequencer.take(below.filter((record) => !isStored(record)))
    // The record at the end is there: it is in the batch that this is for.
    for (const { partition, offset } of records) {
      if (offset + 1 >= (ends.get(partition) ?? Number.POSITIVE_INFINITY)) ends.delete(partition)
    }
    if (ends.size === 0) resolve()
  })
  gaveUp.addEventListener('abort', onGaveUp)
  try {
    gaveUp.throwIfAborted()
    await Promise.race([done, reader.failed])
  } finally {
    gaveUp.removeEventListener('abort', onGaveUp)
    await reader.close()
  }
}
