import { setTimeout as delay } from 'node:timers/promises'
import { openCluster } from '../../../compose/swarm/cluster.ts'
import type { SwarmContext } from '../../../compose/swarm/context.ts'
import type { PracticeCluster } from '../../../compose/swarm/nodes/cluster.ts'
import { placesOf } from '../../../compose/swarm/places.ts'
import { isServing, listServices, listTasks, type Task } from '../../../compose/swarm/tasks.ts'
import type { TaskWatch } from '../../../compose/swarm/watch.ts'
import type { FaultAction } from '../target.ts'

/** How a node is lost, and how it comes back. */
const ways = {
  kill: { lose: (cluster: PracticeCluster, name: string) => cluster.kill(name), back: 'start' },
  cut: { lose: (cluster: PracticeCluster, name: string) => cluster.cut(name), back: 'heal' },
  leave: { lose: (cluster: PracticeCluster, name: string) => cluster.leave(name), back: 'join' },
} as const
export type LossOfNode = keyof typeof ways

const wholeMs = 90_000
const pollMs = 200

/**
 * Nodes of a practice cluster that a run loses: the one with most gateways among those that keep no data and meet no
 * clients. Real machines are nobody's to switch off.
 */
export class NodeLoss {
  readonly #stack: string
  readonly #practice: PracticeCluster
  readonly #watch: TaskWatch
  readonly #context: SwarmContext
  readonly #pinned: readonly string[]
  /** By name, those that are away. */
  readonly #away = new Map<string, LossOfNode>()

  /** `pinned`: services that wait for their node, and are not missed while it is away. */
  constructor(
    stack: string,
    practice: PracticeCluster,
    watch: TaskWatch,
    context: SwarmContext,
    pinned: readonly string[],
  ) {
    this.#pinned = pinned
    this.#stack = stack
    this.#practice = practice
    this.#watch = watch
    this.#context = { ...context, onProgress: () => undefined }
  }

  /**
   * A node that was cut off comes back when the fault is over. One that was killed or left stays away until the run is
   * over: the fault is over when all the others serve in its place.
   */
  action(way: LossOfNode, gateways: string): FaultAction {
    return {
      begin: async () => {
        const victim = await this.#victim(gateways)
        this.#watch.expectEnds(({ nodeId }) => nodeId === victim.id)
        this.#away.set(victim.hostname, way)
        await ways[way].lose(this.#practice, victim.hostname)
      },
      end: async () => {
        if (this.#away.size === 0) return
        if (way === 'cut') await this.restore()
        await this.#untilWhole()
      },
    }
  }

  /** Brings back every node that is away. Resolves when the manager has them all. */
  async restore(): Promise<void> {
    for (const [name, way] of this.#away) {
      await this.#practice[ways[way].back](name)
      this.#away.delete(name)
    }
    await this.#practice.until(this.#practice.nodes, 'ready')
  }

  async #victim(gateways: string) {
    const cluster = await openCluster(this.#context.daemon)
    const { keepers } = placesOf(cluster)
    const tasksOn = (id: string) => this.#watch.serving(gateways).filter(({ nodeId }) => nodeId === id).length
    const [victim] = cluster.nodes
      .filter(({ id, state }) => state === 'ready' && !keepers.includes(id))
      .sort((a, b) => tasksOn(b.id) - tasksOn(a.id))
    if (victim === undefined || tasksOn(victim.id) === 0)
      throw new Error('no gateway runs on a node that could be lost: all but those of the data and the edge are gone')
    return victim
  }

  /** The Swarm goes on calling tasks of a lost node running: only those on nodes that are there count. */
  async #untilWhole(): Promise<void> {
    const { daemon, signal } = this.#context
    for (const deadlineMs = Date.now() + wholeMs; ; await delay(pollMs, undefined, { signal })) {
      const { nodes } = await openCluster(daemon)
      const ready = new Set(nodes.filter(({ state }) => state === 'ready').map(({ id }) => id))
      const isGone = [...this.#away.keys()].every((name) =>
        nodes.every(({ hostname, state }) => hostname !== name || state !== 'ready'),
      )
      const services = await listServices(daemon, this.#stack)
      const tasks = await listTasks(daemon, this.#stack, services)
      const serves = (task: Task) => isServing(task) && ready.has(task.nodeId)
      const lacking = services.filter(
        ({ name, replicas }) =>
          !this.#pinned.includes(name) &&
          tasks.filter((task) => task.service === name && serves(task)).length < replicas,
      )
      if (isGone && lacking.length === 0) return
      if (Date.now() > deadlineMs)
        throw new Error(
          `after ${wholeMs / 1000} s there is still too little of ${lacking.map(({ name }) => name).join(', ')}`,
        )
    }
  }
}
