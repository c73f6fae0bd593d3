import { knowsStartInterval } from '../../compose/docker/program.ts'
import type { ImageName, ReadyImage } from '../../compose/images/image.ts'
import type { ObserverPorts } from '../../compose/stack/observers.ts'
import type { StackPorts, StackSecrets } from '../../compose/stack/options.ts'
import { renderStack } from '../../compose/stack/render.ts'
import { clientsPort, operationsPort } from '../../compose/stack/services/edge.ts'
import type { StackSpec } from '../../compose/stack/spec.ts'
import type { SwarmCluster } from '../../compose/swarm/cluster.ts'
import type { SwarmContext } from '../../compose/swarm/context.ts'
import { deployStack, waitUntilWhole } from '../../compose/swarm/deploy.ts'
import { canHaveFront, frontAddress, makeFront } from '../../compose/swarm/front.ts'
import { placesOf } from '../../compose/swarm/places.ts'
import { isServing, listServices, listTasks } from '../../compose/swarm/tasks.ts'
import { type ChatOptions, generateSecrets, imagesOf, stackOf } from './chat.ts'
import { type Addresses, probeChat } from './probe.ts'

/** How long services may take until all are healthy: engines fill their folders first. */
const readyMs = 180_000
const probeMs = 15_000

export type ImageSupply = (names: readonly ImageName[]) => Promise<ReadonlyMap<ImageName, ReadyImage>>

export interface LaunchOptions {
  readonly name: string
  readonly edition: ChatOptions['edition']
  readonly gateways: number
  readonly brokers: ChatOptions['brokers']
  readonly knobs: Readonly<Record<string, number>>
  /** The address of whichever node has the edge is added. */
  readonly ports: Omit<StackPorts, 'address'>
  readonly images: ImageSupply
  /** The clients are on this machine: where there can be a network to it, they get that instead of published ports. */
  readonly clientsHere: boolean
  readonly observe?: LaunchedObservers
  /** Id of the run it is for. */
  readonly run?: string
}

/** What watches the stack: where, and Grafana's image where there is one. */
export interface LaunchedObservers {
  readonly ports: ObserverPorts
  readonly grafana: ReadyImage | null
}

export interface LaunchedStack {
  readonly name: string
  readonly ports: StackPorts
  readonly secrets: StackSecrets
  /** Where clients go. */
  readonly addresses: Addresses
  readonly images: ReadonlyMap<ImageName, ReadyImage>
  readonly spec: StackSpec
}

type EdgePorts = Pick<StackPorts, 'address' | 'public' | 'operations'>

export const addressesOf = ({ address, public: port, operations }: EdgePorts): Addresses => ({
  api: `http://${address}:${port}`,
  socket: `ws://${address}:${port}/ws`,
  operations: `http://${address}:${operations}`,
})

/**
 * Deploys a stack of a name that nobody uses, and resolves when clients are served through the edge. Rejects with an
 * EnvironmentError; what was deployed by then is there.
 */
export async function launchStack(
  options: LaunchOptions,
  cluster: SwarmCluster,
  context: SwarmContext,
): Promise<LaunchedStack> {
  const { observe } = options
  const images = new Map(await options.images(imagesOf(options.edition, observe !== undefined)))
  if (observe?.grafana) images.set('grafana', observe.grafana)
  const secrets = generateSecrets()
  const cpus = Math.min(...cluster.nodes.map((node) => node.cpus), 4)
  const { pins, address } = placesOf(cluster)
  const ports = { ...options.ports, address }
  const nodes = cluster.nodes.length
  const front = options.clientsHere && canHaveFront(cluster)
  const spec = stackOf({ ...options, ports, front, images, secrets, cpus, nodes, observe: observe?.ports })
  context.onProgress(`deploying the stack ${options.name}`)
  if (front) await makeFront(options.name, context.daemon)
  const startInterval = await knowsStartInterval(context.daemon, context)
  await deployStack(
    renderStack(spec, { kind: cluster.kind, nodes, pins, knowsStartInterval: startInterval }),
    options.name,
    context,
  )
  await waitUntilWhole({ stack: options.name, order: Object.keys(spec.services), timeoutMs: readyMs }, context)
  const addresses = addressesOf(front ? await edgeInFront(options.name, context) : ports)
  await probeChat(addresses, probeMs, context.signal)
  return { name: options.name, ports, secrets, addresses, images, spec }
}

async function edgeInFront(stack: string, { daemon }: SwarmContext): Promise<EdgePorts> {
  const tasks = await listTasks(daemon, stack, await listServices(daemon, stack))
  const edge = tasks.find((task) => task.service === 'edge' && isServing(task))
  if (edge === undefined) throw new Error(`no task of the edge of ${stack} serves now`)
  return { address: await frontAddress(stack, edge, daemon), public: clientsPort, operations: operationsPort }
}
