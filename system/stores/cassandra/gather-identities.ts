import type { Session } from './session.ts'

const shardsBefore = 256
const shards = 32
const rowsAMutation = 200

/**
 * From schema version 1 to 2: the identities of 256 partitions into 32. No process of the older version may write
 * meanwhile: it would claim where nobody looks any more.
 */
export async function gatherIdentities(session: Session): Promise<void> {
  const insert = 'INSERT INTO identities (shard, key, holder) VALUES (?, ?, ?)'
  for (let shard = shards; shard < shardsBefore; shard++) {
    const rows = await session.rows('SELECT key, holder FROM identities WHERE shard = ?', [shard])
    for (let first = 0; first < rows.length; first += rowsAMutation) {
      const part = rows.slice(first, first + rowsAMutation)
      // A partition of 256 is the rest of a CRC-32, and 32 divides 256: its rest is that of the same CRC-32.
      await session.onePartition(
        part.map(({ key, holder }) => ({ query: insert, params: [shard % shards, key, holder] })),
      )
    }
    await session.write('DELETE FROM identities WHERE shard = ?', [shard])
  }
}
