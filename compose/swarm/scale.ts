/** How many tasks a service has. */
import type { Daemon } from '../docker/daemon.ts'
import { changeService } from './change.ts'

/** Resolves when the Swarm has taken it; tasks follow. Rejects with the daemon's error. */
export function setReplicas(daemon: Daemon, serviceId: string, replicas: number): Promise<void> {
  return changeService(daemon, serviceId, (spec) =>
    spec.Mode.Replicated.Replicas === replicas ? null : { ...spec, Mode: { Replicated: { Replicas: replicas } } },
  )
}
