import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { freeBytes } from '../../compose/provision/disk.ts'

/** Engines take space by segments and leave less than one when they fail. */
const fullBelowBytes = 16e6

const isFull = async (folder: string): Promise<boolean> =>
  ((await freeBytes(folder)) ?? Number.POSITIVE_INFINITY) < fullBelowBytes

/** Disks that are full now: the run folder's, and those that components below `dataDir` have for themselves. */
export async function fullDisks(dataDir: string): Promise<string[]> {
  const { dev } = await stat(dataDir)
  const full = (await isFull(dataDir)) ? ['the disk of the run folder is full'] : []
  for (const owner of await readdir(dataDir)) {
    const folder = join(dataDir, owner)
    if ((await stat(folder)).dev !== dev && (await isFull(folder))) full.push(`the disk of ${owner} is full`)
  }
  return full
}
