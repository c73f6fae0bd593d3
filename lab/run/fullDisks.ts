import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { freeBytes } from '../../compose/provision/disk.ts'

/** Engines take space by segments and leave less than one when they fail. */
const fullBelowBytes = 16e6

/** Whose data folder lies on a disk that is full now: `the disk of kafka is full`. */
export async function fullDisks(dataDir: string): Promise<string[]> {
  const owners = await readdir(dataDir)
  const full = await Promise.all(
    owners.map(async (owner) => ((await freeBytes(join(dataDir, owner))) ?? Number.POSITIVE_INFINITY) < fullBelowBytes),
  )
  return owners.filter((_, i) => full[i]).map((owner) => `the disk of ${owner} is full`)
}
