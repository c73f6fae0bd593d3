/** Processes that hold the namespaces of a practice cluster. They are found by their command line, never by a file. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../../component.ts'
import { isRunning, processStat } from '../../native/proc.ts'
import type { Environment } from '../../native/programs.ts'
import type { Layout } from './layout.ts'

const waitMs = 10_000
const pollMs = 25
/** Ends when its caller has said `ready`; as process 1 of a node the shell also takes leave of orphans. */
const lingering = 'while :; do sleep 3600; done'

export interface Holder {
  /** `switch` or a node's name. */
  readonly member: string
  readonly pid: number
  readonly startTicks: number
}

const starters = ['unshare', 'sh']
const titleOf = ({ folder }: Layout, member: string) => `chat-nodes:${folder}:${member}`

function wordsOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

/**
 * Those of the cluster that live, and those that are still on the way there: `unshare ... sh -c <script> <title>` is how
 * they were started.
 */
export function findHolders(layout: Layout): Holder[] {
  const prefix = titleOf(layout, '')
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const words = wordsOf(name)
      // The list ends in an empty word.
      const title = words.at(-2) ?? ''
      const isOurs = starters.includes(words[0] ?? '') && title.startsWith(prefix)
      const stat = isOurs ? processStat(Number(name)) : null
      if (stat === null || stat.state === 'Z') return []
      return [{ member: title.slice(prefix.length), pid: stat.pid, startTicks: stat.startTicks }]
    })
}

/** The one of that member that has set everything up. */
export const findHolder = (layout: Layout, member: string): Holder | undefined =>
  findHolders(layout).find((holder) => holder.member === member && isSetUp(holder))

interface Start {
  readonly layout: Layout
  readonly member: string
  /** Options of `unshare`. */
  readonly namespaces: readonly string[]
  /** Shell commands that run in them first; `$0` is the title. */
  readonly setUp: string
  readonly env: Environment
}

/** Starts one that outlives the caller. Rejects with ENV-START and what it said when its set-up failed. */
export async function startHolder({ layout, member, namespaces, setUp, env }: Start): Promise<Holder> {
  const logFile = join(layout.folder, `${member}.log`)
  const log = await open(logFile, 'w')
  const title = titleOf(layout, member)
  // The second shell is the holder: it is there when the first has set everything up.
  const script = `set -e\n${setUp}\nexec sh -c '${lingering}' "$0"`
  const child = spawn('unshare', [...namespaces, 'sh', '-c', script, title], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env,
    cwd: '/',
  })
  let failed = false
  child.once('error', () => {
    failed = true
  })
  child.once('exit', () => {
    failed = true
  })
  child.unref()
  await log.close()
  for (const deadlineMs = Date.now() + waitMs; ; await delay(pollMs)) {
    const holder = findHolder(layout, member)
    if (holder !== undefined) return holder
    if (!failed && Date.now() < deadlineMs) continue
    const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-5)
    const remedy =
      'A container without full rights cannot make namespaces and mounts: run it on a Linux machine itself.'
    throw new EnvironmentError('ENV-START', 'nodes', `The namespaces of ${member} could not be made.`, remedy, lines)
  }
}

const isSetUp = ({ pid }: Holder) => wordsOf(`${pid}`)[2] === lingering

/** SIGKILL, to exactly that process. With a node's first process every other one of the node ends. */
export async function killHolder({ pid, startTicks }: Holder): Promise<void> {
  if (isRunning(pid, startTicks)) process.kill(pid, 'SIGKILL')
  for (const deadlineMs = Date.now() + waitMs; isRunning(pid, startTicks); await delay(pollMs))
    if (Date.now() > deadlineMs) throw new Error(`process ${pid} did not end`)
}
