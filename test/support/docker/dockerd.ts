/** A Docker daemon for tests: the one this machine has, else one of the test process's own. */
import { execFileSync, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../../../compose/component.ts'
import { type Daemon, openDaemon } from '../../../compose/docker/daemon.ts'
import { dieWithParent, findProgram } from '../../../compose/native/programs.ts'

const READY_MS = 30_000
const STOP_MS = 20_000

type Environment = Readonly<Record<string, string | undefined>>

export type TestDaemon =
  | { readonly available: true; readonly daemon: Daemon; readonly env: Environment; stop(): Promise<void> }
  | { readonly available: false; readonly reason: string }

/**
 * `stop` ends a daemon that was started here, and removes all it kept; it does nothing to the machine's own. With `ports`
 * containers can publish ports on loopback.
 */
export async function testDaemon({ ports = false } = {}): Promise<TestDaemon> {
  try {
    return { available: true, daemon: await openDaemon(process.env), env: process.env, stop: async () => {} }
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    if (process.getuid?.() !== 0) return { available: false, reason: `${error.message} (and this is not root)` }
    const program = findProgram('dockerd', process.env)
    if (!program) return { available: false, reason: `${error.message} (and there is no dockerd to start)` }
    const bridge = ports ? ownBridge() : null
    try {
      return { available: true, ...(await startOwn(program, bridge)) }
    } catch (error) {
      removeBridge(bridge)
      throw error
    }
  }
}

/** One of this process alone, on which nothing of the machine's is routed. */
function ownBridge(): string {
  const name = `lab${process.pid}`
  execFileSync('ip', ['link', 'add', name, 'type', 'bridge'])
  execFileSync('ip', ['address', 'add', `10.213.${process.pid % 256}.1/24`, 'dev', name])
  execFileSync('ip', ['link', 'set', name, 'up'])
  return name
}

function removeBridge(name: string | null): void {
  if (name !== null) execFileSync('ip', ['link', 'delete', name])
}

/** Without firewall rules, and on a bridge of its own or none: nothing of the machine's network is touched. */
async function startOwn(
  program: string,
  bridge: string | null,
): Promise<{ daemon: Daemon; env: Environment; stop(): Promise<void> }> {
  // A short path: it holds unix sockets.
  const folder = await mkdtemp(join(tmpdir(), 'lab-dkr-'))
  const host = `unix://${join(folder, 'docker.sock')}`
  const paths = [`--data-root=${join(folder, 'data')}`, `--exec-root=${join(folder, 'exec')}`]
  const own = [`--host=${host}`, `--pidfile=${join(folder, 'docker.pid')}`]
  const network = [`--bridge=${bridge ?? 'none'}`, '--iptables=false', '--ip-forward=false', '--ip-masq=false']
  // Tests that are killed stop nothing by themselves.
  const [command = '', ...args] = [...dieWithParent(process.env, 'TERM'), program, ...paths, ...own, ...network]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
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
    const daemon = await firstAnswer(host, ended)
    const stopAll = async () => {
      await stop()
      removeBridge(bridge)
    }
    return { daemon, env: { ...process.env, DOCKER_HOST: host }, stop: stopAll }
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
