/** How many tasks a service has. */
import type { Daemon } from '../docker/daemon.ts'
import { roomPerNode } from '../stack/render.ts'

interface ServiceAnswer {
  readonly Version: { readonly Index: number }
  readonly Spec: {
    readonly Mode: { readonly Replicated: { readonly Replicas: number } }
    readonly TaskTemplate: { readonly Placement?: { readonly MaxReplicas?: number } }
  }
}

const tries = 5

/** Resolves when the Swarm has taken it; tasks follow. Rejects with the daemon's error. */
export async function setReplicas({ api }: Daemon, serviceId: string, replicas: number): Promise<void> {
  const service = api.getService(serviceId)
  for (let attempt = 1; ; attempt += 1) {
    const { Version, Spec } = (await service.inspect()) as ServiceAnswer
    if (Spec.Mode.Replicated.Replicas === replicas) return
    try {
      const TaskTemplate = await withRoom(Spec.TaskTemplate, replicas, api)
      await service.update({
        ...Spec,
        version: Version.Index,
        Mode: { Replicated: { Replicas: replicas } },
        TaskTemplate,
      })
      return
    } catch (error) {
      // Somebody, or the Swarm itself, changed it in between.
      if (attempt === tries || !/out of sequence/.test((error as Error).message)) throw error
    }
  }
}

/** A limit of tasks a node, where the service has one, follows the number of tasks. Running tasks stay. */
async function withRoom(template: ServiceAnswer['Spec']['TaskTemplate'], replicas: number, api: Daemon['api']) {
  if (!template.Placement?.MaxReplicas) return template
  const nodes = (await api.listNodes()).length
  return { ...template, Placement: { ...template.Placement, MaxReplicas: roomPerNode(replicas, Math.max(2, nodes)) } }
}
