import { setTimeout as delay } from 'node:timers/promises'
import type { SwarmContext } from '../../../compose/swarm/context.ts'
import { waitUntilWhole } from '../../../compose/swarm/deploy.ts'
import { setReplicas } from '../../../compose/swarm/scale.ts'
import { isOver, listServices, listTasks, type Service } from '../../../compose/swarm/tasks.ts'
import { restartTasks, updateState } from '../../../compose/swarm/update.ts'
import type { FaultAction } from '../target.ts'

export interface ServiceOfStack {
  readonly stack: string
  readonly service: string
}

const changedMs = 180_000
const pollMs = 300

/** Replaces every task of the service as an update would; it is over when the Swarm says so. */
export function updateService(of: ServiceOfStack, context: SwarmContext): FaultAction {
  const quiet = { ...context, onProgress: () => undefined }
  return {
    begin: async () => restartTasks(context.daemon, (await find(of, quiet)).id),
    end: async () => {
      await until(async () => {
        const { state, message } = await updateState(context.daemon, (await find(of, quiet)).id)
        if (state !== 'completed' && state !== 'updating') throw new Error(`the update is ${state}: ${message}`)
        return state === 'completed'
      }, quiet)
      await settled(of, quiet)
    },
  }
}

/** Gives the service that many tasks; it is over when they serve and the others are gone. */
export function scaleService(of: ServiceOfStack, replicas: number, context: SwarmContext): FaultAction {
  const quiet = { ...context, onProgress: () => undefined }
  return {
    begin: async () => setReplicas(context.daemon, (await find(of, quiet)).id, replicas),
    end: () => settled(of, quiet),
  }
}

/** All its tasks serve, and none that the Swarm no longer wants is left. */
async function settled(of: ServiceOfStack, context: SwarmContext): Promise<void> {
  await waitUntilWhole({ stack: of.stack, order: [], timeoutMs: changedMs, only: [of.service] }, context)
  await until(async () => {
    const service = await find(of, context)
    const tasks = await listTasks(context.daemon, of.stack, [service])
    return tasks.filter((task) => task.service === of.service && !isOver(task)).length === service.replicas
  }, context)
}

async function find({ stack, service }: ServiceOfStack, { daemon }: SwarmContext): Promise<Service> {
  const found = (await listServices(daemon, stack)).find(({ name }) => name === service)
  if (found === undefined) throw new Error(`the stack ${stack} has no service ${service}`)
  return found
}

/** Rejects when it takes longer than an operation may, or with the signal's reason. */
async function until(done: () => Promise<boolean>, { signal }: SwarmContext): Promise<void> {
  const deadlineMs = Date.now() + changedMs
  while (!(await done())) {
    signal.throwIfAborted()
    if (Date.now() > deadlineMs) throw new Error(`it was not over within ${changedMs / 1000} s`)
    await delay(pollMs, undefined, { signal })
  }
}
