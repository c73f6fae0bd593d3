/** Takes a stack away, whole. */
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../component.ts'
import type { Daemon } from '../docker/daemon.ts'
import type { SwarmContext } from './context.ts'
import { stackLabel } from './tasks.ts'

export interface Leftovers {
  readonly services: readonly string[]
  readonly containers: readonly string[]
  readonly networks: readonly string[]
  readonly volumes: readonly string[]
  readonly configs: readonly string[]
  readonly secrets: readonly string[]
}

const pollMs = 250
const timeoutMs = 90_000

/** What of a stack is there: containers and volumes of this daemon's node only, the rest of the whole Swarm. */
export async function leftoversOf({ api }: Daemon, stack: string): Promise<Leftovers> {
  const label = { label: [`${stackLabel}=${stack}`] }
  const filters = { filters: JSON.stringify(label) }
  const [services, containers, networks, volumes, configs, secrets] = await Promise.all([
    api.listServices(filters),
    api.listContainers({ all: true, ...filters }),
    api.listNetworks(filters),
    api.listVolumes(filters),
    api.listConfigs({ filters: label }),
    api.listSecrets({ filters: label }),
  ])
  return {
    services: services.map(({ ID }) => ID),
    containers: containers.map(({ Id }) => Id),
    networks: networks.map(({ Id }) => Id),
    volumes: (volumes.Volumes ?? []).map(({ Name }) => Name),
    configs: configs.map(({ ID }) => ID),
    secrets: secrets.map(({ ID }) => ID),
  }
}

export const isEmpty = (left: Leftovers): boolean => Object.values(left).every((list) => list.length === 0)

/**
 * Removes services, then, as tasks end, networks, volumes, configs and secrets. Nothing there is no error. Volumes on
 * other nodes stay: only those nodes' own daemons reach them. Rejects with ENV-START when something does not go.
 */
export async function removeStack(stack: string, context: SwarmContext): Promise<void> {
  const { daemon, signal, onProgress } = context
  const deadlineMs = Date.now() + timeoutMs
  for (let told = ''; ; ) {
    signal.throwIfAborted()
    const left = await leftoversOf(daemon, stack)
    if (isEmpty(left)) return
    if (Date.now() > deadlineMs) {
      const remedy = 'Run it again; `docker ps -a` and `docker network ls` show who still uses them.'
      const text = `Of the stack ${stack} there is still left: ${describeLeftovers(left)}.`
      throw new EnvironmentError('ENV-START', 'stack', text, remedy)
    }
    const text = presentKinds(left)
      .map(([kind]) => kind)
      .join(', ')
    if (text !== told) onProgress(`removing ${text}`)
    told = text
    await removeNext(daemon, left)
    await delay(pollMs, undefined, { signal })
  }
}

/** Each of them may be in use for a moment longer, or be gone already: the next round sees what is left. */
async function removeNext({ api }: Daemon, left: Leftovers): Promise<void> {
  const all = (ids: readonly string[], remove: (id: string) => Promise<unknown>) => Promise.allSettled(ids.map(remove))
  await all(left.services, (id) => api.getService(id).remove())
  if (left.services.length > 0 || left.containers.length > 0) return
  await all(left.networks, (id) => api.getNetwork(id).remove())
  await all(left.volumes, (name) => api.getVolume(name).remove())
  await all(left.configs, (id) => api.getConfig(id).remove())
  await all(left.secrets, (id) => api.getSecret(id).remove())
}

const presentKinds = (left: Leftovers) =>
  Object.entries(left)
    .filter(([, list]) => list.length > 0)
    .map(([kind, list]): [string, number] => [kind, list.length])

/** `7 services, 9 containers`. */
export const describeLeftovers = (left: Leftovers): string =>
  presentKinds(left)
    .map(([kind, count]) => `${count} ${kind}`)
    .join(', ')
