/**
 * Which processes and folders belong to which lab, kept in the cache folder, so that the next lab can sweep what a lab
 * that was killed left behind. A session's folder is written before its first process starts; each process carries the
 * session's id in its environment as well, for the instant between its start and its entry here.
 */
import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { allProcesses, descendants, hasInEnvironment, isRunning, pidScope, processStat } from './proc.ts'

/** Name of the environment variable that marks every process of a session. */
export const SESSION_VARIABLE = 'CHAT_LAB_SESSION'
/** Holds the session's id in each folder that may be deleted with the session. */
const FOLDER_MARK = '.chat-lab-session'
const SWEEP_ROUNDS = 100

interface Owner {
  readonly pid: number
  readonly startTicks: number
  readonly host: string
  readonly bootId: string
  readonly pidNamespace: string
}

interface ProcessEntry {
  readonly pid: number
  readonly startTicks: number
  readonly name: string
}

/** What a sweep did, for the log. */
export interface Swept {
  readonly sessionId: string
  /** Names of the processes it started, and how many more descended from them. */
  readonly processes: readonly string[]
  readonly children: number
  readonly folders: readonly string[]
  /** Containers and volumes. */
  readonly containers: readonly string[]
  /** Why containers that it may have are still there; then the next sweep tries again. */
  readonly problem: string | null
}

/** Takes away what a session has on a daemon; resolves with names. Rejects when the daemon cannot be asked. */
export type RemoveContainers = (daemonHost: string, sessionId: string) => Promise<readonly string[]>

async function writeWhole(file: string, value: unknown): Promise<void> {
  await writeFile(`${file}.new`, JSON.stringify(value))
  await rename(`${file}.new`, file)
}

const readJson = async <T>(file: string): Promise<T | null> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T
  } catch {
    return null
  }
}

const namesIn = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])

/** One live session's entries. */
export class SessionRegistry {
  readonly id: string
  readonly #folder: string

  private constructor(id: string, folder: string) {
    this.id = id
    this.#folder = folder
  }

  static async open(runningDir: string): Promise<SessionRegistry> {
    const id = randomBytes(8).toString('hex')
    const folder = join(runningDir, id)
    const pending = join(runningDir, `.${id}`)
    await mkdir(pending, { recursive: true })
    const owner: Owner = {
      pid: process.pid,
      startTicks: processStat(process.pid)?.startTicks ?? 0,
      host: hostname(),
      ...pidScope(),
    }
    await writeWhole(join(pending, 'owner.json'), owner)
    await rename(pending, folder)
    return new SessionRegistry(id, folder)
  }

  /** Makes a folder that goes with the session, also when the lab is killed. Rejects when it is there already. */
  async ownFolder(path: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true })
    await writeWhole(join(this.#folder, `folder-${randomBytes(4).toString('hex')}.json`), path)
    await mkdir(path, { mode: 0o700 })
    await writeFile(join(path, FOLDER_MARK), this.id)
  }

  async addProcess(entry: ProcessEntry): Promise<void> {
    await writeWhole(join(this.#folder, `process-${entry.pid}.json`), entry)
  }

  /** Says that a Docker daemon has containers of this session, by the address as `DOCKER_HOST` has it. */
  async addDaemon(host: string): Promise<void> {
    await writeWhole(join(this.#folder, 'daemon-1.json'), host)
  }

  async removeProcess(pid: number): Promise<void> {
    await rm(join(this.#folder, `process-${pid}.json`), { force: true })
  }

  /** Deletes the session's folders and its entry, unless a later sweep needs that. Its processes must have ended. */
  async close({ keepEntry = false } = {}): Promise<void> {
    await removeFolders(this.id, await ownedFolders(this.#folder))
    if (!keepEntry) await rm(this.#folder, { recursive: true, force: true })
  }
}

async function entries<T>(folder: string, prefix: string): Promise<T[]> {
  const files = (await namesIn(folder)).filter((name) => name.startsWith(prefix) && name.endsWith('.json'))
  const values = await Promise.all(files.map((name) => readJson<T>(join(folder, name))))
  return values.filter((value) => value !== null)
}

const ownedFolders = (folder: string): Promise<string[]> => entries<string>(folder, 'folder-')

async function removeFolders(sessionId: string, folders: readonly string[]): Promise<string[]> {
  const removed: string[] = []
  for (const path of folders) {
    const mark = await readFile(join(path, FOLDER_MARK), 'utf8').catch(() => '')
    if (mark !== sessionId) continue
    await rm(path, { recursive: true, force: true, maxRetries: 5 })
    removed.push(path)
  }
  return removed
}

/** `unknown`: another machine or container shares the cache folder, and its pids mean nothing here. */
function ownerState(owner: Owner): 'alive' | 'dead' | 'unknown' {
  if (owner.host !== hostname()) return 'unknown'
  const here = pidScope()
  if (owner.bootId !== here.bootId) return 'dead'
  if (owner.pidNamespace !== here.pidNamespace || owner.startTicks === 0) return 'unknown'
  return isRunning(owner.pid, owner.startTicks) ? 'alive' : 'dead'
}

/** Kills what a dead session left running; every round looks again, for a process may start another meanwhile. */
async function endProcesses(
  sessionId: string,
  registered: readonly ProcessEntry[],
): Promise<Pick<Swept, 'processes' | 'children'>> {
  const ended = new Set<number>()
  for (let round = 0; round < SWEEP_ROUNDS; round += 1) {
    const all = allProcesses()
    const mark = `${SESSION_VARIABLE}=${sessionId}`
    const roots = [
      ...registered.filter((entry) => isRunning(entry.pid, entry.startTicks)).map((entry) => entry.pid),
      ...all.filter((stat) => stat.state !== 'Z' && hasInEnvironment(stat.pid, mark)).map((stat) => stat.pid),
    ].filter((pid) => pid !== process.pid)
    const left = descendants(roots, all).filter((stat) => stat.pid !== process.pid)
    if (left.length === 0) break
    for (const stat of left) {
      ended.add(stat.pid)
      killExactly(stat.pid, stat.startTicks)
    }
    await delay(20)
  }
  const processes = registered.filter(({ pid }) => ended.has(pid)).map(({ name }) => name)
  return { processes, children: ended.size - processes.length }
}

/** SIGKILL to this very process, not to one that took its pid since. */
export function killExactly(pid: number, startTicks: number): void {
  if (!isRunning(pid, startTicks)) return
  try {
    process.kill(pid, 'SIGKILL')
  } catch {}
}

/**
 * Ends the processes, and deletes the folders and containers, of every session whose lab is dead. Never touches a live
 * lab's.
 */
export async function sweep(runningDir: string, removeContainers: RemoveContainers): Promise<Swept[]> {
  const swept: Swept[] = []
  for (const sessionId of await namesIn(runningDir)) {
    if (sessionId.startsWith('.')) continue
    const folder = join(runningDir, sessionId)
    const owner = await readJson<Owner>(join(folder, 'owner.json'))
    if (!owner || ownerState(owner) !== 'dead') continue
    const rebooted = owner.bootId !== pidScope().bootId
    const { processes, children } = rebooted
      ? { processes: [], children: 0 }
      : await endProcesses(sessionId, await entries(folder, 'process-'))
    const folders = await removeFolders(sessionId, await ownedFolders(folder))
    const { containers, problem } = await sweepContainers(sessionId, folder, removeContainers)
    if (problem === null) await rm(folder, { recursive: true, force: true })
    swept.push({ sessionId, processes, children, folders, containers, problem })
  }
  return swept
}

async function sweepContainers(
  sessionId: string,
  folder: string,
  removeContainers: RemoveContainers,
): Promise<Pick<Swept, 'containers' | 'problem'>> {
  const [host] = await entries<string>(folder, 'daemon-')
  if (host === undefined) return { containers: [], problem: null }
  try {
    return { containers: await removeContainers(host, sessionId), problem: null }
  } catch (error) {
    return { containers: [], problem: error instanceof Error ? error.message : `${error}` }
  }
}
