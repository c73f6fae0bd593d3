import { setTimeout as delay } from 'node:timers/promises'
import type { StackPorts } from '../../../compose/stack/options.ts'
import type { SwarmContext } from '../../../compose/swarm/context.ts'
import { waitUntilWhole } from '../../../compose/swarm/deploy.ts'
import { setReplicas } from '../../../compose/swarm/scale.ts'
import { listServices, listTasks } from '../../../compose/swarm/tasks.ts'

const openMs = 60_000
const pollMs = 200

/**
 * The service `door` of a stack: while it has a task, store and log answer where the edge does. Opened when everything that
 * writes has ended, for the audit alone.
 */
export class Door {
  readonly store: string
  /** One a broker. */
  readonly logs: readonly string[]
  readonly #stack: string
  readonly #context: SwarmContext
  #opened: Promise<void> | null = null

  constructor(stack: string, { address, doorStore, doorLogs }: StackPorts, context: SwarmContext) {
    this.store = `${address}:${doorStore}`
    this.logs = doorLogs.map((port) => `${address}:${port}`)
    this.#stack = stack
    this.#context = context
  }

  /** Resolves when both answer. A second call is the first. */
  open(): Promise<void> {
    this.#opened ??= this.#scale(1).then(() =>
      waitUntilWhole({ stack: this.#stack, order: [], timeoutMs: openMs, only: ['door'] }, this.#context),
    )
    return this.#opened
  }

  /** Resolves when its task is gone. */
  async close(): Promise<void> {
    this.#opened = null
    await this.#scale(0)
    await untilNone(this.#stack, ['door'], this.#context)
  }

  async #scale(replicas: number): Promise<void> {
    const services = await listServices(this.#context.daemon, this.#stack)
    const door = services.find(({ name }) => name === 'door')
    if (door === undefined) throw new Error(`the stack ${this.#stack} has no door`)
    await setReplicas(this.#context.daemon, door.id, replicas)
  }
}

/** Until no task of those services runs any more. Rejects with the signal's reason. */
export async function untilNone(stack: string, names: readonly string[], context: SwarmContext): Promise<void> {
  for (;;) {
    context.signal.throwIfAborted()
    const services = await listServices(context.daemon, stack)
    const tasks = await listTasks(context.daemon, stack, services)
    const isLeft = tasks.some(
      ({ service, state }) => names.includes(service) && ['running', 'starting'].includes(state),
    )
    if (!isLeft) return
    await delay(pollMs, undefined, { signal: context.signal })
  }
}
