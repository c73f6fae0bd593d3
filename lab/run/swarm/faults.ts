import type { SwarmContext } from '../../../compose/swarm/context.ts'
import { waitUntilWhole } from '../../../compose/swarm/deploy.ts'
import type { Task } from '../../../compose/swarm/tasks.ts'
import type { TaskWatch } from '../../../compose/swarm/watch.ts'
import type { FaultAction } from '../target.ts'

const wholeMs = 60_000

/** Those of a service that this daemon can signal: a manager does not reach into other nodes. */
export type Victims = () => readonly Task[]

/** Kills one task's process with SIGKILL. The Swarm starts another at once: undoing it is to wait until that serves. */
export function killTask(
  stack: string,
  service: string,
  victims: Victims,
  watch: TaskWatch,
  context: SwarmContext,
): FaultAction {
  const quiet = { ...context, onProgress: () => undefined }
  return {
    begin: async () => {
      const [victim] = victims()
      const process = victim && watch.processOf(victim)
      if (process === undefined) throw new Error('no task of it runs on this node now')
      process.kill()
      await process.exited
    },
    end: () => waitUntilWhole({ stack, order: [], timeoutMs: wholeMs, only: [service] }, quiet),
  }
}

/** Stops a task's processes in their tracks: sockets stay open and nobody answers. */
export function pauseTask(victims: Victims, { daemon }: SwarmContext): FaultAction {
  let paused: string | null = null
  return {
    begin: async () => {
      const [victim] = victims()
      if (victim === undefined) throw new Error('no task of it runs on this node now')
      paused = victim.containerId
      await daemon.api.getContainer(victim.containerId).pause()
    },
    end: async () => {
      const id = paused
      paused = null
      if (id !== null) await daemon.api.getContainer(id).unpause()
    },
  }
}
