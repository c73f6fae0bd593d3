import type { Stats } from 'node:fs'
import { lstat, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'

export interface DiskUsage {
  readonly bytes: number
  /** Of files that `isJournal` names; not in `bytes`. */
  readonly journalBytes: number
}

/** `st_blocks` counts in these, whatever the file system's own blocks are (`man 2 stat`). */
const blockBytes = 512

/**
 * Allocated blocks of all files and folders below `folder`, files with several names counted once; what goes away
 * meanwhile counts nothing. `isJournal` is asked with the path below `folder`. Rejects when the folder cannot be read.
 */
export async function diskUsage(folder: string, isJournal: RegExp): Promise<DiskUsage> {
  const seen = new Set<string>()
  const usage = { bytes: 0, journalBytes: 0 }
  const book = (path: string, { dev, ino, nlink, blocks }: Stats) => {
    const inode = `${dev} ${ino}`
    if (nlink > 1 && seen.has(inode)) return
    if (nlink > 1) seen.add(inode)
    usage[isJournal.test(path) ? 'journalBytes' : 'bytes'] += blocks * blockBytes
  }
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    const stats = await lstat(path).catch(unlessGone)
    if (stats !== null) book(relative(folder, path), stats)
  }
  return usage
}

function unlessGone(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null
  throw error
}
