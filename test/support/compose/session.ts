/** Sessions and processes for tests of the native runtime. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Progress, RunningProcess, Session, SessionOptions, SpawnOptions } from '../../../compose/component.ts'
import { waitForLine } from '../../../compose/native/logs.ts'
import { openSession } from '../../../compose/native/session.ts'

/** A folder that is deleted after the test. */
export async function temporaryFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-lab-unit-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface TestSession {
  readonly session: Session
  readonly cache: string
  readonly abort: AbortController
  readonly progress: readonly Progress[]
}

/** A session with a cache folder of its own (or `cache`), closed after the test. */
export async function testSession(
  t: TestContext,
  options: { readonly cache?: string; readonly env?: Record<string, string>; coresOf?: SessionOptions['coresOf'] } = {},
): Promise<TestSession> {
  const cache = options.cache ?? (await temporaryFolder(t))
  const runDir = await temporaryFolder(t)
  const abort = new AbortController()
  const progress: Progress[] = []
  const env = { ...process.env, CHAT_LAB_CACHE: cache, ...options.env }
  const onProgress = (each: Progress) => void progress.push(each)
  const session = await openSession({ runDir, onProgress, signal: abort.signal, env, coresOf: options.coresOf })
  t.after(() => session.close())
  return { session, cache, abort, progress }
}

/** A Node program given as text, ready when it has written `ready`. */
export function program(name: string, source: string, more: Partial<SpawnOptions> = {}): SpawnOptions {
  const ready = async (process: RunningProcess, signal: AbortSignal) => {
    await waitForLine(process, (line) => line === 'ready', signal)
  }
  return { name, command: process.execPath, args: ['-e', source], env: {}, ready, ...more }
}

/** Says `ready` and runs until it is told to end. */
export const IDLE = `setInterval(() => {}, 1e6); console.log('ready')`
/** The same, but deaf to SIGTERM. */
export const DEAF = `process.on('SIGTERM', () => {}); ${IDLE}`
/** Starts a child in a session of its own, as PostgreSQL does, writes its pid, and is deaf to SIGTERM, as the child. */
export const DEAF_FAMILY = `
const child = require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(DEAF)}], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] })
child.stdout.once('data', () => { console.log('child ' + child.pid); console.log('ready') })
process.on('SIGTERM', () => {})
setInterval(() => {}, 1e6)`
