/** How many tasks a service has. */
import type { Daemon } from '../docker/daemon.ts'
import { roomPerNode } from '../stack/render.ts'
import { changeService, type ServiceSpecification } from './change.ts'

/** Resolves when the Swarm has taken it; tasks follow. Rejects with the daemon's error. */
export async function setReplicas(daemon: Daemon, serviceId: string, replicas: number): Promise<void> {
  const nodes = (await daemon.api.listNodes()).length
  await changeService(daemon, serviceId, (spec) =>
    spec.Mode.Replicated.Replicas === replicas ? null : scaled(spec, replicas, nodes),
  )
}

/** A limit of tasks a node, where the service has one, follows the number of tasks. Running tasks stay. */
function scaled(spec: ServiceSpecification, replicas: number, nodes: number): ServiceSpecification {
  const Mode = { Replicated: { Replicas: replicas } }
  const { Placement, ...template } = spec.TaskTemplate
  if (!Placement?.MaxReplicas) return { ...spec, Mode }
  const MaxReplicas = roomPerNode(replicas, Math.max(2, nodes))
  return { ...spec, Mode, TaskTemplate: { ...template, Placement: { ...Placement, MaxReplicas } } }
}
