/** Changes a service's specification as it is now. */
import type { Daemon } from '../docker/daemon.ts'

export interface ServiceSpecification {
  readonly Mode: { readonly Replicated: { readonly Replicas: number } }
  readonly TaskTemplate: { readonly ForceUpdate?: number; readonly Placement?: { readonly MaxReplicas?: number } }
}

interface ServiceAnswer {
  readonly Version: { readonly Index: number }
  readonly Spec: ServiceSpecification
}

const tries = 5

/** `change` gives the new one, or null where nothing is to be done. Rejects with the daemon's error. */
export async function changeService(
  { api }: Daemon,
  serviceId: string,
  change: (spec: ServiceSpecification) => ServiceSpecification | null,
): Promise<void> {
  const service = api.getService(serviceId)
  for (let attempt = 1; ; attempt += 1) {
    const { Version, Spec } = (await service.inspect()) as ServiceAnswer
    const changed = change(Spec)
    if (changed === null) return
    try {
      await service.update({ ...changed, version: Version.Index })
      return
    } catch (error) {
      // Somebody, or the Swarm itself, changed it in between.
      if (attempt === tries || !/out of sequence/.test((error as Error).message)) throw error
    }
  }
}
