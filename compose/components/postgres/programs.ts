/** A PostgreSQL that is installed here: on PATH, or where Debian puts it, which is not on PATH. */
import { readdir, realpath } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { findProgram } from '../../native/programs.ts'
import { run } from '../../provision/commands.ts'
import type { ProvisionContext } from '../../provision/context.ts'

export const OLDEST = 16
const DEBIAN = '/usr/lib/postgresql'

/**
 * Folder of the programs; null where there are none, or none new enough. `root`: Debian's folder, one below it a major
 * version.
 */
export async function installedPostgres(
  context: Pick<ProvisionContext, 'env' | 'signal'>,
  root = DEBIAN,
): Promise<string | null> {
  const onPath = findProgram('postgres', context.env)
  const folders = onPath ? [dirname(await realpath(onPath))] : []
  const majors = (await readdir(root).catch(() => [])).filter((name) => /^\d+$/.test(name))
  folders.push(...majors.sort((a, b) => Number(b) - Number(a)).map((major) => join(root, major, 'bin')))
  for (const folder of folders) if (await isUsableFolder(folder, context)) return folder
  return null
}

/** The server package alone has `initdb` beside the server; a client package has neither. */
async function isUsableFolder(folder: string, context: Pick<ProvisionContext, 'env' | 'signal'>): Promise<boolean> {
  const program = join(folder, 'postgres')
  if (!findProgram(program, context.env) || !findProgram(join(folder, 'initdb'), context.env)) return false
  const text = await run(program, ['--version'], context).catch(() => '')
  context.signal.throwIfAborted()
  return isUsable(text)
}

/** Reads what `postgres --version` prints. */
export function isUsable(versionText: string): boolean {
  const major = /^postgres \(PostgreSQL\) (\d+)/.exec(versionText)?.[1]
  return major !== undefined && Number(major) >= OLDEST
}
