/** One node of a practice cluster: its cable, its daemon, and what can befall it. */
import { spawn } from 'node:child_process'
import { readFileSync, rmdirSync } from 'node:fs'
import { mkdir, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../../component.ts'
import { type Daemon, openDaemon } from '../../docker/daemon.ts'
import type { Environment } from '../../native/programs.ts'
import { run } from '../../provision/commands.ts'
import { findHolder, type Holder, killHolder, startHolder } from './holders.ts'
import { cableOf, dockerHost, type Layout, networkBits, nodeAddress, nodeFolder, switchAddress } from './layout.ts'

const answerMs = 30_000
const pollMs = 50

export interface NodesContext {
  readonly layout: Layout
  readonly env: Environment
  readonly signal: AbortSignal
}

/**
 * Mounts of other Docker daemons are let go, or this node would keep their containers' files and networks busy. A
 * private `/run` has no other daemon's sockets. Names are asked for at the switch, which refuses at once: a daemon that
 * waits for a registry's name would start each task 20 s later. `/sys` is mounted anew to show this node's network.
 */
const setUp = (name: string) => `
hostname ${name}
mount -t proc proc /proc
awk '$3 == "nsfs" || $3 == "overlay" && $2 != "/" { print $2 }' /proc/mounts | while read -r place; do umount -l "$place" || true; done
mount -t tmpfs -o mode=755 tmpfs /run
names=$(readlink -m /etc/resolv.conf)
mkdir -p "$(dirname "$names")"
[ -e "$names" ] || : > "$names"
printf 'nameserver ${switchAddress}\\noptions timeout:1 attempts:1\\n' > /run/names
mount --bind /run/names "$names"
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
`

const namespaces = ['--net', '--mount', '--pid', '--uts', '--fork', '--kill-child']

/** Runs commands of `ip` in the switch or a node, in their order. */
export async function ip(holder: Holder, commands: readonly string[], context: NodesContext): Promise<void> {
  for (const command of commands) await inNetwork(holder, ['ip', ...command.split(' ')], context)
}

export const inNetwork = ({ pid }: Holder, command: readonly string[], { env, signal }: NodesContext) =>
  run('nsenter', ['--target', `${pid}`, '--net', '--', ...command], { env, signal })

/**
 * Starts a node that does not run, with what its daemon kept. Resolves when the daemon answers. Rejects with ENV-START
 * and the end of its log.
 */
export async function startNode(name: string, hub: Holder, context: NodesContext): Promise<Daemon> {
  const { layout, env } = context
  const folder = nodeFolder(layout, name)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await rm(join(folder, 'docker.sock'), { force: true })
  const holder = await startHolder({ layout, member: name, namespaces, setUp: setUp(name), env })
  await connect(name, holder, hub, context)
  return startDaemon(name, holder, context)
}

async function connect(name: string, holder: Holder, hub: Holder, context: NodesContext): Promise<void> {
  const cable = cableOf(name)
  // The kernel lets go of a killed node's network a moment after its processes.
  await ip(hub, [`link delete ${cable}`], context).catch(() => undefined)
  await ip(
    hub,
    [`link add ${cable} type veth peer name eth0 netns ${holder.pid}`, `link set ${cable} master br0 up`],
    context,
  )
  const address = `addr add ${nodeAddress(name)}/${networkBits} dev eth0`
  const route = `route add default via ${switchAddress}`
  await ip(holder, ['link set lo up', address, 'link set eth0 up', route], context)
}

async function startDaemon(name: string, holder: Holder, context: NodesContext): Promise<Daemon> {
  const { layout, env } = context
  const folder = nodeFolder(layout, name)
  const logFile = join(folder, 'dockerd.log')
  const log = await open(logFile, 'a')
  const enter = ['--target', `${holder.pid}`, '--net', '--mount', '--pid', '--uts', '--']
  const child = spawn('nsenter', [...enter, 'dockerd', ...daemonOptions(layout, name)], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env,
    cwd: '/',
  })
  child.unref()
  await log.close()
  const ended = new Promise<never>((_resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`it ended with code ${code}`)))
  })
  try {
    return await Promise.race([firstAnswer(dockerHost(layout, name), context), ended])
  } catch (error) {
    context.signal.throwIfAborted()
    const lines = readFileSync(logFile, 'utf8').trim().split('\n').slice(-6)
    const text = `The Docker daemon of ${name} did not start: ${(error as Error).message}`
    throw new EnvironmentError('ENV-START', 'nodes', text, `Its log: ${logFile}`, lines, { cause: error })
  }
}

const daemonOptions = (layout: Layout, name: string) => [
  `--host=${dockerHost(layout, name)}`,
  `--data-root=${join(nodeFolder(layout, name), 'data')}`,
  '--exec-root=/run/docker',
  '--pidfile=/run/docker.pid',
  `--cgroup-parent=/${layout.cgroup}/${name}`,
  '--bip=172.31.250.1/24',
  '--default-address-pool=base=172.31.240.0/21,size=26',
  '--log-opt=max-size=10m',
]

async function firstAnswer(host: string, { env, signal }: NodesContext): Promise<Daemon> {
  for (const deadlineMs = Date.now() + answerMs; ; await delay(pollMs, undefined, { signal })) {
    try {
      return await openDaemon({ ...env, DOCKER_HOST: host })
    } catch (error) {
      if (Date.now() > deadlineMs) throw error
    }
  }
}

/** Whether its link is up: a node that is cut off works on alone, and nobody hears of it. */
export async function setLink(name: string, state: 'up' | 'down', hub: Holder, context: NodesContext): Promise<void> {
  await ip(hub, [`link set ${cableOf(name)} ${state}`], context)
}

/**
 * As if its power failed: the link goes first, so that nothing says good-bye, then every process. What its daemon has
 * on disk stays.
 */
export async function powerOff(name: string, hub: Holder, context: NodesContext): Promise<void> {
  await setLink(name, 'down', hub, context).catch(() => undefined)
  const holder = findHolder(context.layout, name)
  if (holder !== undefined) await killHolder(holder)
}

/** Of a container, by its control group: of version 2, or in one of version 1's hierarchies. */
export function firstProcess({ cgroup }: Layout, name: string, containerId: string): number | null {
  for (const hierarchy of ['', 'cpuacct'])
    try {
      const file = join('/sys/fs/cgroup', hierarchy, cgroup, name, containerId, 'cgroup.procs')
      const pids = readFileSync(file, 'utf8').split('\n').filter(Boolean).map(Number)
      if (pids.length > 0) return Math.min(...pids)
    } catch {}
  return null
}

/** Control groups that containers of ended nodes left, in every hierarchy of version 1, or the one of version 2. */
export async function removeControlGroups({ cgroup }: Layout): Promise<void> {
  const root = '/sys/fs/cgroup'
  const hierarchies = await readdir(root, { withFileTypes: true }).catch(() => [])
  const roots = [root, ...hierarchies.filter((one) => one.isDirectory()).map(({ name }) => join(root, name))]
  for (const path of roots.map((one) => join(one, cgroup))) await removeTree(path)
}

async function removeTree(path: string): Promise<void> {
  const inner = await readdir(path, { withFileTypes: true }).catch(() => null)
  if (inner === null) return
  for (const one of inner) if (one.isDirectory()) await removeTree(join(path, one.name))
  // The files of a control group go with it. One with a process that has not quite ended is busy for a moment.
  for (let attempt = 1; ; attempt += 1)
    try {
      return rmdirSync(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      if (attempt === 40) throw error
      await delay(pollMs)
    }
}
