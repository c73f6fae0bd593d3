/** Rolling updates of a service. */
import type { Daemon } from '../docker/daemon.ts'
import { changeService } from './change.ts'

/** Has the Swarm replace every task by the service's own update rules, without changing what they run. */
export function restartTasks(daemon: Daemon, serviceId: string): Promise<void> {
  return changeService(daemon, serviceId, (spec) => ({
    ...spec,
    TaskTemplate: { ...spec.TaskTemplate, ForceUpdate: (spec.TaskTemplate.ForceUpdate ?? 0) + 1 },
  }))
}

export interface UpdateState {
  /** `updating`, `completed`, `paused`, `rollback_started` and so on. */
  readonly state: string
  readonly message: string
}

/** Of the update ordered last; `updating` until the Swarm has said anything of it. */
export async function updateState({ api }: Daemon, serviceId: string): Promise<UpdateState> {
  const { UpdateStatus } = (await api.getService(serviceId).inspect()) as {
    readonly UpdateStatus?: { readonly State?: string; readonly Message?: string }
  }
  return { state: UpdateStatus?.State ?? 'updating', message: UpdateStatus?.Message ?? '' }
}
