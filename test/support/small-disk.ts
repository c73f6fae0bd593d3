/** A real disk that can be filled and freed again: a file system of its own in memory, for tests of full disks. */
import { execFile } from 'node:child_process'
import { mkdtemp, open, rm, rmdir, statfs, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { Session, SessionOptions } from '../../compose/component.ts'

const run = promisify(execFile)
/** More than any engine takes to start. */
const diskBytes = 1_000e6

export interface SmallDisk {
  readonly folder: string
  /** Leaves `bytes` free. */
  fill(bytes: number): Promise<void>
  /** Gives back what `fill` took. */
  free(): Promise<void>
  /** Legal when nothing has files open there. */
  unmount(): Promise<void>
}

/** Null, with the test skipped by its reason, where mounting is refused: it needs root, and Linux. */
export async function mountSmallDisk(t: TestContext, bytes = diskBytes): Promise<SmallDisk | null> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-lab-disk-'))
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'chat-lab-test', folder])
  } catch (error) {
    await rmdir(folder)
    t.skip(`a small disk cannot be mounted here: ${(error as Error).message.trim().split('\n').at(-1)}`)
    return null
  }
  const ballast = join(folder, 'ballast')
  return {
    folder,
    fill: async (left) => {
      const { bavail, bsize } = await statfs(folder)
      await writeZeros(ballast, bavail * bsize - left)
    },
    free: () => rm(ballast, { force: true }),
    unmount: async () => {
      await run('umount', [folder])
      await rmdir(folder)
    },
  }
}

async function writeZeros(file: string, bytes: number): Promise<void> {
  const block = Buffer.alloc(2 ** 20)
  const handle = await open(file, 'w')
  try {
    for (let left = bytes; left > 0; left -= block.length) await handle.write(block, 0, Math.min(block.length, left))
  } catch (error) {
    // Somebody else wrote there meanwhile: it is full.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  } finally {
    await handle.close()
  }
}

type OpenSession = (options: SessionOptions) => Promise<Session>

/** Sessions whose component `owner` has its data on that disk. */
export function onDisk(openSession: OpenSession, owner: string, disk: SmallDisk): OpenSession {
  return async (options) => {
    const session = await openSession(options)
    await symlink(disk.folder, join(session.dataDir, owner))
    return session
  }
}
