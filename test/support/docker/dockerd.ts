/** A Docker daemon for tests: the one this machine has, else one of the test process's own. */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../../../compose/component.ts'
import { type Daemon, openDaemon } from '../../../compose/docker/daemon.ts'
import { findProgram } from '../../../compose/native/programs.ts'

const READY_MS = 30_000
const STOP_MS = 20_000

export type TestDaemon =
  | { readonly available: true; readonly daemon: Daemon; stop(): Promise<void> }
  | { readonly available: false; readonly reason: string }

/** `stop` ends a daemon that was started here, and removes all it kept; it does nothing to the machine's own. */
export async function testDaemon(): Promise<TestDaemon> {
  try {
    return { available: true, daemon: await openDaemon(process.env), stop: async () => {} }
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    if (process.getuid?.() !== 0) return { available: false, reason: `${error.message} (and this is not root)` }
    const program = findProgram('dockerd', process.env)
    if (!program) return { available: false, reason: `${error.message} (and there is no dockerd to start)` }
    return { available: true, ...(await startOwn(program)) }
  }
}

/** Without a bridge and without firewall rules: nothing of the machine's network is touched. */
async function startOwn(program: string): Promise<{ daemon: Daemon; stop(): Promise<void> }> {
  // A short path: it holds unix sockets.
  const folder = await mkdtemp(join(tmpdir(), 'lab-dkr-'))
  const host = `unix://${join(folder, 'docker.sock')}`
  const paths = [`--data-root=${join(folder, 'data')}`, `--exec-root=${join(folder, 'exec')}`]
  const own = [`--host=${host}`, `--pidfile=${join(folder, 'docker.pid')}`]
  const network = ['--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false']
  const child = spawn(program, [...paths, ...own, ...network], { stdio: ['ignore', 'pipe', 'pipe'] })
  const log = createWriteStream(join(folder, 'dockerd.log'))
  child.stdout.pipe(log, { end: false })
  child.stderr.pipe(log, { end: false })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await Promise.race([ended, delay(STOP_MS, undefined, { ref: false })])
    if (child.exitCode === null) child.kill('SIGKILL')
    await ended
    log.end()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    return { daemon: await firstAnswer(host, ended), stop }
  } catch (error) {
    const lines = await readFile(join(folder, 'dockerd.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`dockerd did not start: ${lines.split('\n').slice(-5).join('\n')}`, { cause: error })
  }
}

async function firstAnswer(host: string, ended: Promise<void>): Promise<Daemon> {
  const end = Date.now() + READY_MS
  let over = false
  void ended.then(() => {
    over = true
  })
  for (;;) {
    try {
      return await openDaemon({ ...process.env, DOCKER_HOST: host })
    } catch (error) {
      if (over || Date.now() > end) throw error
      await delay(100)
    }
  }
}
