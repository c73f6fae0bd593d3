/**
 * The node's own administration: NodeTool, from the same libraries, over JMX. The port is open on loopback alone and
 * behind a password of this start.
 */
import { randomBytes } from 'node:crypto'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../../native/programs.ts'
import { run } from '../../provision/commands.ts'
import { MODULE_FLAGS } from './configuration.ts'
import type { Distribution } from './distribution.ts'

const USER = 'lab'
const TOOL_CLASS = 'org.apache.cassandra.tools.NodeTool'
const TOOL_FLAGS = [...MODULE_FLAGS, '-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']

/** Log of a compaction, which is there until the files that it replaced are deleted (`LogTransaction`). */
export const REPLACED_FILES = /_txn_[^/]*\.log$/

export interface Management {
  readonly port: number
  /** One line, user and password, readable by its owner alone: what the node's JVM asks for, and NodeTool too. */
  readonly passwordFile: string
  readonly dataDir: string
}

export async function makeManagement(
  port: number,
  dataDir: string,
  hide: (secret: string) => void,
): Promise<Management> {
  const passwordFile = join(dataDir, 'jmx.password')
  const password = randomBytes(18).toString('hex')
  hide(password)
  // One of a start before keeps the mode it has, whatever is asked for.
  await rm(passwordFile, { force: true })
  await writeFile(passwordFile, `${USER} ${password}\n`, { mode: 0o600 })
  return { port, passwordFile, dataDir }
}

/** Flags of the node. The local port makes it listen on loopback (`JMXServerUtils`). */
export function managementFlags({ port, passwordFile }: Management): string[] {
  return [
    `-Dcassandra.jmx.local.port=${port}`,
    `-Dcom.sun.management.jmxremote.rmi.port=${port}`,
    '-Dcom.sun.management.jmxremote.authenticate=true',
    `-Dcom.sun.management.jmxremote.password.file=${passwordFile}`,
  ]
}

export interface ToolContext {
  readonly env: Environment
  readonly signal: AbortSignal
}

/** Runs one NodeTool command to its end. Rejects with CommandError or the signal's reason. */
export async function nodeTool(
  { port, passwordFile, dataDir }: Management,
  { java, classPath }: Distribution,
  command: readonly string[],
  context: ToolContext,
): Promise<void> {
  // It keeps a history of its commands below the home of its user.
  const folders = [`-Duser.home=${join(dataDir, 'tmp')}`, `-Dcassandra.storagedir=${dataDir}`]
  const access = ['-h', '127.0.0.1', '-p', String(port), '-u', USER, '-pwf', passwordFile]
  await run(java, [...TOOL_FLAGS, ...folders, '-cp', classPath, TOOL_CLASS, ...access, ...command], {
    env: context.env,
    signal: context.signal,
    cwd: dataDir,
  })
}

/**
 * Resolves when the files that compactions replaced are deleted. Rejects with the signal's reason.
 */
export async function replacedFilesGone(dataDir: string, signal: AbortSignal): Promise<void> {
  const isTransaction = (path: string) => REPLACED_FILES.test(path)
  while ((await readdir(join(dataDir, 'data'), { recursive: true })).some(isTransaction))
    await delay(100, undefined, { signal })
}
