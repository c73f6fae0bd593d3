/** Services and tasks of a stack, as the Swarm's managers see them. */
import type { Daemon } from '../docker/daemon.ts'
import type { NetworkName } from '../stack/spec.ts'

export const stackLabel = 'com.docker.stack.namespace'

export interface Task {
  readonly id: string
  /** Of the service, without the stack's. */
  readonly service: string
  readonly slot: number
  readonly nodeId: string
  /** `running` is healthy, where the service has a health check. */
  readonly state: string
  readonly desiredState: string
  readonly error: string
  readonly exitCode: number | null
  /** Empty until it has one. */
  readonly containerId: string
  /** Of its first process, in the node's own numbering; 0 when it has none. */
  readonly pid: number
  readonly addresses: Readonly<Partial<Record<NetworkName, string>>>
  readonly createdAt: string
}

export interface Service {
  readonly id: string
  readonly name: string
  readonly replicas: number
  readonly image: string
}

interface TaskAnswer {
  readonly ID: string
  readonly CreatedAt: string
  readonly ServiceID: string
  readonly Slot?: number
  readonly NodeID?: string
  readonly DesiredState: string
  readonly Status: {
    readonly State: string
    readonly Err?: string
    readonly ContainerStatus?: { readonly ContainerID?: string; readonly PID?: number; readonly ExitCode?: number }
  }
  readonly NetworksAttachments?: readonly {
    readonly Network: { readonly Spec: { readonly Name: string } }
    readonly Addresses?: readonly string[]
  }[]
}

interface ServiceAnswer {
  readonly ID: string
  readonly Spec: {
    readonly Name: string
    readonly Mode: { readonly Replicated?: { readonly Replicas: number } }
    readonly TaskTemplate: { readonly ContainerSpec: { readonly Image: string } }
  }
}

const ofStack = (stack: string) => ({ filters: JSON.stringify({ label: [`${stackLabel}=${stack}`] }) })
const short = (stack: string, name: string) => (name.startsWith(`${stack}_`) ? name.slice(stack.length + 1) : name)

export async function listServices({ api }: Daemon, stack: string): Promise<Service[]> {
  const found = (await api.listServices(ofStack(stack))) as unknown as ServiceAnswer[]
  return found
    .map(({ ID, Spec }) => ({
      id: ID,
      name: short(stack, Spec.Name),
      replicas: Spec.Mode.Replicated?.Replicas ?? 0,
      image: Spec.TaskTemplate.ContainerSpec.Image,
    }))
    .sort((a, b) => a.name.localeCompare(b.name))
}

/** Ended ones as well, as many as the Swarm keeps; oldest first. */
export async function listTasks({ api }: Daemon, stack: string, services: readonly Service[]): Promise<Task[]> {
  const names = new Map(services.map(({ id, name }) => [id, name]))
  const found = (await api.listTasks(ofStack(stack))) as unknown as TaskAnswer[]
  return found
    .map((answer) => toTask(answer, names.get(answer.ServiceID) ?? '', stack))
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt))
}

function toTask(
  { ID, Slot, NodeID, DesiredState, Status, CreatedAt, ...rest }: TaskAnswer,
  service: string,
  stack: string,
): Task {
  const container = Status.ContainerStatus
  const addresses = (rest.NetworksAttachments ?? []).map(({ Network, Addresses }) => [
    short(stack, Network.Spec.Name),
    Addresses?.[0]?.split('/')[0],
  ])
  return {
    id: ID,
    service,
    slot: Slot ?? 0,
    nodeId: NodeID ?? '',
    state: Status.State,
    desiredState: DesiredState,
    error: Status.Err ?? '',
    exitCode: container?.ExitCode ?? null,
    containerId: container?.ContainerID ?? '',
    pid: container?.PID ?? 0,
    addresses: Object.fromEntries(addresses),
    createdAt: CreatedAt,
  }
}

export const isServing = (task: Task): boolean => task.state === 'running' && task.desiredState === 'running'

/** A task is over in each of these (`docker service ps` shows them as they are). */
const overStates = ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned']

export const isOver = (task: Task): boolean => overStates.includes(task.state)
