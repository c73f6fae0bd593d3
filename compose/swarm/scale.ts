/** How many tasks a service has. */
import type { Daemon } from '../docker/daemon.ts'

interface ServiceAnswer {
  readonly Version: { readonly Index: number }
  readonly Spec: { readonly Mode: { readonly Replicated: { readonly Replicas: number } } }
}

const tries = 5

/** Resolves when the Swarm has taken it; tasks follow. Rejects with the daemon's error. */
export async function setReplicas({ api }: Daemon, serviceId: string, replicas: number): Promise<void> {
  const service = api.getService(serviceId)
  for (let attempt = 1; ; attempt += 1) {
    const { Version, Spec } = (await service.inspect()) as ServiceAnswer
    if (Spec.Mode.Replicated.Replicas === replicas) return
    try {
      await service.update({ ...Spec, version: Version.Index, Mode: { Replicated: { Replicas: replicas } } })
      return
    } catch (error) {
      // Somebody, or the Swarm itself, changed it in between.
      if (attempt === tries || !/out of sequence/.test((error as Error).message)) throw error
    }
  }
}
