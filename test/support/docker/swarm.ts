/** A Swarm for tests: the one of the machine's Docker, else one of a daemon of the tests' own. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../../../compose/component.ts'
import { type Daemon, openDaemon } from '../../../compose/docker/daemon.ts'
import { dieWithParent, findProgram } from '../../../compose/native/programs.ts'
import { initSwarm } from '../../../compose/swarm/init.ts'

type Environment = Readonly<Record<string, string | undefined>>

export type TestSwarm =
  | { readonly available: true; readonly daemon: Daemon; readonly env: Environment; stop(): Promise<void> }
  | { readonly available: false; readonly reason: string }

const bridges = ['docker0', 'docker_gwbridge']
/** Of the bridges of a daemon that `startOwn` started: `--bip`, and what Swarm's bridge is given. */
const ownAddresses = ['172.31.250.1', '172.31.251.1']
const forwarding = '/proc/sys/net/ipv4/ip_forward'
const readyMs = 30_000

/** `stop` ends a daemon that was started here and puts the machine's network back as it was. */
export async function testSwarm(): Promise<TestSwarm> {
  try {
    const daemon = await openDaemon(process.env)
    if (daemon.swarm === 'manager') return { available: true, daemon, env: process.env, stop: async () => {} }
    return { available: false, reason: `the Docker at ${daemon.host} manages no Swarm` }
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
    const lacking = whatIsLacking()
    return lacking === null ? startOwn() : { available: false, reason: `${error.message} (and ${lacking})` }
  }
}

/**
 * One Swarm for a lane: its files find it in DOCKER_HOST, and need not each bring the same images. Where none can be had
 * each file says why.
 */
export async function shareSwarm(): Promise<{ stop(): Promise<void> }> {
  const swarm = await testSwarm()
  if (!swarm.available || swarm.env === process.env) return { stop: async () => {} }
  const before = process.env.DOCKER_HOST
  process.env.DOCKER_HOST = swarm.env.DOCKER_HOST
  const stop = async () => {
    if (before === undefined) delete process.env.DOCKER_HOST
    else process.env.DOCKER_HOST = before
    await swarm.stop()
  }
  return { stop }
}

function whatIsLacking(): string | null {
  if (process.getuid?.() !== 0) return 'this is not root'
  for (const program of ['dockerd', 'docker', 'iptables-save', 'iptables-restore', 'ip'])
    if (!findProgram(program, process.env)) return `there is no ${program}`
  removeLeftBridges()
  const taken = bridges.find((name) => existsSync(`/sys/class/net/${name}`))
  return taken === undefined ? null : `another Docker has ${taken}`
}

/** Of tests that were killed: no daemon runs any more that could own them. */
function removeLeftBridges(): void {
  const daemons = execFileSync('ps', ['-eo', 'comm='], { encoding: 'utf8' }).split('\n')
  if (daemons.includes('dockerd')) return
  for (const name of bridges.filter((bridge) => existsSync(`/sys/class/net/${bridge}`))) {
    const addresses = execFileSync('ip', ['-4', '-o', 'address', 'show', 'dev', name], { encoding: 'utf8' })
    if (ownAddresses.some((address) => addresses.includes(` ${address}/`))) execFileSync('ip', ['link', 'delete', name])
  }
}

async function startOwn(): Promise<TestSwarm> {
  // A short path: it holds unix sockets.
  const folder = await mkdtemp(join(tmpdir(), 'lab-swm-'))
  const firewall = execFileSync('iptables-save', { encoding: 'utf8' })
  const forwards = await readFile(forwarding, 'utf8')
  const host = `unix://${join(folder, 'docker.sock')}`
  const paths = [`--data-root=${join(folder, 'data')}`, `--exec-root=${join(folder, 'exec')}`]
  const own = [`--host=${host}`, `--pidfile=${join(folder, 'docker.pid')}`]
  const network = [`--bip=${ownAddresses[0]}/24`, '--default-address-pool=base=172.31.240.0/21,size=26']
  const log = openSync(join(folder, 'dockerd.log'), 'w')
  // Tests that are killed stop nothing by themselves.
  const [command = '', ...args] = [...dieWithParent(process.env, 'TERM'), 'dockerd', ...paths, ...own, ...network]
  const child = spawn(command, args, { stdio: ['ignore', log, log] })
  const env = { ...process.env, DOCKER_HOST: host }
  const stop = async () => {
    await endDaemon(child, env)
    for (const bridge of bridges)
      if (existsSync(`/sys/class/net/${bridge}`)) execFileSync('ip', ['link', 'delete', bridge])
    execFileSync('iptables-restore', { input: withEmptyTables(firewall) })
    await writeFile(forwarding, forwards)
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await initSwarm(await firstAnswer(child, env))
    return { available: true, daemon: await openDaemon(env), env, stop }
  } catch (error) {
    const lines = await readFile(join(folder, 'dockerd.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`dockerd did not start: ${lines.split('\n').slice(-5).join('\n')}`, { cause: error })
  }
}

async function endDaemon(child: ChildProcess, env: Environment): Promise<void> {
  if (child.exitCode !== null) return
  await openDaemon(env)
    .then(({ api }) => api.swarmLeave({ force: true }))
    .catch(() => undefined)
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await Promise.race([ended, delay(20_000, undefined, { ref: false })])
  if (child.exitCode === null) child.kill('SIGKILL')
  await ended
}

/** Tables that were not there are emptied: Docker makes them. */
function withEmptyTables(saved: string): string {
  const chains = { filter: ['INPUT', 'FORWARD', 'OUTPUT'], nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'] }
  const missing = Object.entries(chains).filter(([table]) => !saved.includes(`*${table}`))
  const empty = missing.map(
    ([table, names]) => `*${table}\n${names.map((name) => `:${name} ACCEPT [0:0]\n`).join('')}COMMIT\n`,
  )
  return saved + empty.join('')
}

async function firstAnswer(child: ChildProcess, env: Environment): Promise<Daemon> {
  for (const deadline = Date.now() + readyMs; ; await delay(100)) {
    if (child.exitCode !== null) throw new Error(`dockerd ended with ${child.exitCode}`)
    try {
      return await openDaemon(env)
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
  }
}

/** The exit code of a command in a container. */
export async function exitCodeIn({ api }: Daemon, container: string, command: readonly string[]): Promise<number> {
  const exec = await api.getContainer(container).exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({})
  const ignored = new PassThrough().resume()
  api.modem.demuxStream(stream, ignored, ignored)
  await once(stream, 'end')
  return (await exec.inspect()).ExitCode ?? -1
}
