import { topics } from '../../chat/record.ts'
import { type Sequencer, warmStart } from '../../chat/sequencer.ts'
import type { DurableLog, LoggedRecord } from '../../logs/log.ts'

/**
 * Prepares the sequencer for partitions that it sees for the first time, or again after another persister had
 * them: reads back from the log what fills their windows of identities. Rejects when `gaveUp` says so.
 */
export async function warmUp(
  log: DurableLog,
  sequencer: Sequencer,
  records: readonly LoggedRecord[],
  gaveUp: AbortSignal,
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
  await readBack(log, sequencer, new Map(strange.filter(([, offset]) => offset > 0)), gaveUp)
}

async function readBack(
  log: DurableLog,
  sequencer: Sequencer,
  ends: Map<number, number>,
  gaveUp: AbortSignal,
): Promise<void> {
  if (ends.size === 0) return
  const from = new Map([...ends].map(([partition, end]) => [partition, warmStart(end)]))
  const wanted = new Map(ends)
  const { promise: done, resolve, reject } = Promise.withResolvers<void>()
  const onGaveUp = () => reject(gaveUp.reason)
  const reader = await log.tail(topics.messages, from, (records) => {
    sequencer.warm(records.filter(({ partition, offset }) => offset < (wanted.get(partition) ?? 0)))
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
