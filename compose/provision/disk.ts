/** Free disk space, before it is needed and after it ran out. */
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { EnvironmentError } from '../component.ts'

const NO_SPACE = /No space left on device|ENOSPC/i

/** Bytes an ordinary user may still write at `folder` or its nearest existing parent; null when nobody tells. */
export async function freeBytes(folder: string): Promise<number | null> {
  for (let path = folder; ; path = join(path, '..')) {
    const space = await statfs(path).catch(() => null)
    if (space) return space.bavail * space.bsize
    if (path === join(path, '..')) return null
  }
}

/** Rejects with ENV-DISK when `folder` has less than `bytes` left; `otherwise` says how to use another folder. */
export async function needSpace(component: string, folder: string, bytes: number, otherwise: string): Promise<void> {
  const free = await freeBytes(folder)
  if (free === null || free >= bytes) return
  const text = `${component} needs ${megabytes(bytes)} in ${folder}, and ${megabytes(free)} are free.`
  throw new EnvironmentError('ENV-DISK', component, text, `Free some disk space, or ${otherwise}.`)
}

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`

/** The ENV-DISK behind an error of the file system or the output of a tool; null when it is about something else. */
export function diskFull(component: string, error: unknown, lines: readonly string[] = []): EnvironmentError | null {
  const { code, message } = error as NodeJS.ErrnoException
  if (code !== 'ENOSPC' && ![message ?? '', ...lines].some((text) => NO_SPACE.test(text))) return null
  const text = `${component}: the disk is full. ${message ?? ''}`.trim()
  return new EnvironmentError('ENV-DISK', component, text, 'Free some disk space.', lines, { cause: error })
}
