/** A practice cluster as a whole: made, found again, and taken away. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../../component.ts'
import { type Daemon, openDaemon } from '../../docker/daemon.ts'
import type { ReadyImage } from '../../images/image.ts'
import { overlayPool, subnetBits } from '../init.ts'
import { findHolder, findHolders, type Holder, killHolder, startHolder } from './holders.ts'
import { giveImages } from './images.ts'
import { dockerHost, type Layout, layoutOf, networkBits, nodeAddress, nodeName, switchAddress } from './layout.ts'
import {
  firstProcess,
  inNetwork,
  ip,
  type NodesContext,
  powerOff,
  removeControlGroups,
  setLink,
  startNode,
} from './node.ts'
import { obstacleToNodes } from './requirements.ts'

const switchName = 'switch'
const managerName = nodeName(1)
const swarmPort = 2377
const readyMs = 30_000
const pollMs = 100

export interface MakeOptions {
  readonly nodes: number
  /** How often nodes tell the manager that they live; it misses three before it gives a node up. */
  readonly dispatcherHeartbeatMs: number
}

interface NodeAnswer {
  readonly ID: string
  readonly Description: { readonly Hostname: string }
  readonly Status: { readonly State: string }
}

/** In the manager's eyes. */
export type NodeState = 'ready' | 'down'

/** One that is there. Its first node, `n1`, is the manager. */
export class PracticeCluster {
  readonly nodes: readonly string[]
  readonly manager: Daemon
  readonly #hub: Holder
  readonly #context: NodesContext

  constructor(nodes: readonly string[], manager: Daemon, hub: Holder, context: NodesContext) {
    this.nodes = nodes
    this.manager = manager
    this.#hub = hub
    this.#context = context
  }

  /** `unix://...`: a manager of the Swarm is at the first. */
  get host(): string {
    return dockerHost(this.#context.layout, managerName)
  }

  /** The command that runs another one where clients of the cluster are. */
  get enter(): readonly string[] {
    return ['nsenter', '--target', `${this.#hub.pid}`, '--net', '--']
  }

  daemonOf(name: string): Promise<Daemon> {
    return openDaemon({ ...this.#context.env, DOCKER_HOST: dockerHost(this.#context.layout, name) })
  }

  /** Gives every node that runs those images that it lacks. */
  async give(images: Iterable<ReadyImage>): Promise<void> {
    const others = this.nodes.filter((name) => name !== managerName && this.isRunning(name))
    await giveImages([...images], this.manager, await Promise.all(others.map((name) => this.daemonOf(name))))
  }

  /**
   * A container's first process as this machine numbers it; null when there is none. What the Swarm tells is the node's
   * own numbering.
   */
  pidOf(name: string, containerId: string): number | null {
    return firstProcess(this.#context.layout, name, containerId)
  }

  isRunning(name: string): boolean {
    return findHolder(this.#context.layout, name) !== undefined
  }

  /** Everything of the node ends and nothing says good-bye. */
  kill(name: string): Promise<void> {
    return powerOff(name, this.#hub, this.#context)
  }

  /** Starts a node that was killed, with the disk it had. */
  async start(name: string): Promise<void> {
    if (!this.isRunning(name)) await startNode(name, this.#hub, this.#context)
  }

  cut(name: string): Promise<void> {
    return setLink(name, 'down', this.#hub, this.#context)
  }

  heal(name: string): Promise<void> {
    return setLink(name, 'up', this.#hub, this.#context)
  }

  /** The node goes without a word to the manager's planning: its tasks are stopped by its own daemon. */
  async leave(name: string): Promise<void> {
    await (await this.daemonOf(name)).api.swarmLeave({ force: true })
  }

  /** A node that left comes again, as a new one; what the manager knew of the old one is forgotten. */
  async join(name: string): Promise<void> {
    for (const { ID, Description, Status } of await this.list())
      if (Description.Hostname === name && Status.State !== 'ready')
        await this.manager.api.getNode(ID).remove({ force: true })
    await joinSwarm(name, await this.daemonOf(name), this.manager)
  }

  async list(): Promise<NodeAnswer[]> {
    return (await this.manager.api.listNodes()) as unknown as NodeAnswer[]
  }

  /** Resolves when the manager takes all those nodes for `state`; rejects with ENV-START when it does not in time. */
  async until(names: readonly string[], state: NodeState, withinMs = readyMs): Promise<void> {
    for (const deadlineMs = Date.now() + withinMs; ; await delay(pollMs, undefined, { signal: this.#context.signal })) {
      const states = new Map((await this.list()).map((node) => [node.Description.Hostname, node.Status.State]))
      const others = names.filter((name) => states.get(name) !== state)
      if (others.length === 0) return
      if (Date.now() < deadlineMs) continue
      const text = `${others.map((name) => `${name} is ${states.get(name) ?? 'unknown'}`).join(', ')}, not ${state}.`
      throw new EnvironmentError(
        'ENV-START',
        'nodes',
        text,
        `See dockerd.log in ${this.#context.layout.folder}/<node>.`,
      )
    }
  }
}

async function joinSwarm(name: string, { api }: Daemon, manager: Daemon): Promise<void> {
  const { JoinTokens } = (await manager.api.swarmInspect()) as { JoinTokens: { Worker: string } }
  const address = nodeAddress(name)
  await api.swarmJoin({
    ListenAddr: `${address}:${swarmPort}`,
    AdvertiseAddr: address,
    RemoteAddrs: [`${nodeAddress(managerName)}:${swarmPort}`],
    JoinToken: JoinTokens.Worker,
  })
}

/** Null where none is up. Rejects with ENV-MISSING where one could not be, by whoever asks. */
export async function findCluster(context: NodesContext): Promise<PracticeCluster | null> {
  const hub = findHolder(context.layout, switchName)
  if (hub === undefined) return null
  const names = (await readdir(context.layout.folder, { withFileTypes: true }))
    .filter((one) => one.isDirectory() && /^n\d$/.test(one.name))
    .map(({ name }) => name)
    .sort()
  const manager = await openDaemon({ ...context.env, DOCKER_HOST: dockerHost(context.layout, managerName) })
  return new PracticeCluster(names, manager, hub, context)
}

/** The one that this daemon's socket belongs to, or null: a Swarm of real machines is nobody's to break. */
export async function clusterOf(
  host: string,
  { env, signal }: Omit<NodesContext, 'layout'>,
): Promise<PracticeCluster | null> {
  const folder = /^unix:\/\/(.+)\/n\d\/docker\.sock$/.exec(host)?.[1]
  return folder === undefined ? null : findCluster({ layout: layoutOf(folder), env, signal })
}

/**
 * Makes a Swarm of that many nodes. What an earlier one left is removed first. Rejects with an EnvironmentError, and
 * leaves nothing then.
 */
export async function makeCluster(options: MakeOptions, context: NodesContext): Promise<PracticeCluster> {
  const obstacle = obstacleToNodes(context.env)
  if (obstacle !== null) throw obstacle
  await removeCluster(context.layout)
  await mkdir(context.layout.folder, { recursive: true, mode: 0o700 })
  try {
    const names = Array.from({ length: options.nodes }, (_, index) => nodeName(index + 1))
    const hub = await startSwitch(context)
    const daemons = await Promise.all(names.map((name) => startNode(name, hub, context)))
    const manager = await initSwarm(daemons[0]!, options, context)
    for (const [index, daemon] of daemons.entries()) if (index > 0) await joinSwarm(names[index]!, daemon, manager)
    const cluster = new PracticeCluster(names, manager, hub, context)
    await cluster.until(names, 'ready')
    return cluster
  } catch (error) {
    await removeCluster(context.layout)
    throw error
  }
}

async function startSwitch(context: NodesContext): Promise<Holder> {
  const { layout, env } = context
  const hub = await startHolder({ layout, member: switchName, namespaces: ['--net'], setUp: '', env })
  const address = `addr add ${switchAddress}/${networkBits} dev br0`
  await ip(hub, ['link set lo up', 'link add br0 type bridge', address, 'link set br0 up'], context)
  // Every question of a node is refused at once, not some of them by the usual limit of such answers.
  await inNetwork(hub, ['sh', '-c', 'echo 0 > /proc/sys/net/ipv4/icmp_ratelimit'], context)
  return hub
}

async function initSwarm(daemon: Daemon, options: MakeOptions, context: NodesContext): Promise<Daemon> {
  const address = nodeAddress(managerName)
  await daemon.api.swarmInit({
    ListenAddr: `${address}:${swarmPort}`,
    AdvertiseAddr: address,
    DefaultAddrPool: [overlayPool],
    SubnetSize: subnetBits,
    Spec: { Dispatcher: { HeartbeatPeriod: options.dispatcherHeartbeatMs * 1_000_000 } },
  })
  return openDaemon({ ...context.env, DOCKER_HOST: dockerHost(context.layout, managerName) })
}

/** Ends everything of it and removes its data. Nothing there is no error. */
export async function removeCluster(layout: Layout): Promise<boolean> {
  let holders = findHolders(layout)
  const was = holders.length > 0 || existsSync(layout.folder)
  // One that its killed maker had just asked for may come after the first look.
  for (let looks = 0; looks < 2; looks = holders.length === 0 ? looks + 1 : 0) {
    await Promise.all(holders.map(killHolder))
    await delay(pollMs)
    holders = findHolders(layout)
  }
  await removeControlGroups(layout)
  await rm(layout.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
  return was
}
