/**
 * The way from this machine to the balancer instead of published ports, whose forwarder takes each byte that comes over
 * loopback through a process of its own: a bridge of the node, to which its kernel routes.
 */
import type { Daemon } from '../docker/daemon.ts'
import { frontName } from '../stack/render.ts'
import type { SwarmCluster } from './cluster.ts'
import { stackLabel, type Task } from './tasks.ts'

/** Where node and this machine are one: a daemon elsewhere, in a virtual machine or a namespace has its bridges there. */
export const canHaveFront = ({ nodes, daemon }: SwarmCluster): boolean =>
  nodes.length === 1 && daemon.isHere && !daemon.rootless

/** `docker stack deploy` makes no bridge that services may use, so it has to be there before. Goes with the stack. */
export async function makeFront(stack: string, { api }: Daemon): Promise<void> {
  // No client's typing knows the scope.
  const network: Parameters<typeof api.createNetwork>[0] & { readonly Scope: 'swarm' } = {
    Name: frontName(stack),
    Driver: 'bridge',
    Scope: 'swarm',
    Labels: { [stackLabel]: stack },
  }
  await api.createNetwork(network)
}

/**
 * The address of that task there. A task that takes its place gets the same one: it is the lowest that is free, and
 * nobody else is on that network.
 */
export async function frontAddress(stack: string, { containerId }: Task, { api }: Daemon): Promise<string> {
  const { NetworkSettings } = await api.getContainer(containerId).inspect()
  const address = NetworkSettings.Networks[frontName(stack)]?.IPAddress
  if (!address) throw new Error(`the container ${containerId} is not on the network ${frontName(stack)}`)
  return address
}
