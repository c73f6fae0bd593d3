import { EnvironmentError } from '../../compose/component.ts'
import { openDaemon } from '../../compose/docker/daemon.ts'
import { openCluster, type SwarmCluster } from '../../compose/swarm/cluster.ts'
import type { SwarmContext } from '../../compose/swarm/context.ts'
import { initSwarm, publishesOnLoopback } from '../../compose/swarm/init.ts'
import { describeLeftovers, isEmpty, leftoversOf, removeStack } from '../../compose/swarm/remove.ts'
import { exitCodes } from '../judge/verdict.ts'
import { stackEdition } from './chat.ts'
import { imageSupply } from './images.ts'
import { launchStack } from './launch.ts'
import { describeObservers } from './observe.ts'
import type { StackOptions } from './options.ts'
import { observersFor, portsFor } from './ports.ts'
import { forgetState, saveState, stateFile } from './state.ts'
import type { StackTask } from './task.ts'

export async function up({ options, io, context }: StackTask): Promise<number> {
  const startedMs = Date.now()
  const cluster = await clusterFor(options, context)
  context.onProgress(describeCluster(cluster))
  // With several nodes clients are elsewhere: that is what the ports are for.
  if (cluster.nodes.length === 1 && !(await publishesOnLoopback(cluster.daemon)))
    context.onProgress(
      'Warning: ports of this Swarm listen on every address of the node; docs/swarm.md says how to bind them to loopback',
    )
  await clearPlace(options, context)
  const ports = await portsFor(options, context.signal)
  const observe = options.observe ? await observersFor(options, ports, context) : null
  const launched = await launchStack(
    {
      name: options.name,
      edition: stackEdition(options.backend, options),
      gateways: options.gateways,
      brokers: options.brokers,
      knobs: options.knobs,
      ports,
      clientsHere: false,
      images: imageSupply(options.images, context),
      ...(observe && { observe }),
    },
    cluster,
    context,
  ).catch(async (error) => {
    if (!options.keep) await giveUp(options.name, context)
    throw error
  })
  const startedAt = new Date().toISOString()
  const { name, backend } = options
  await saveState(io.env, {
    schema: 'lab.stack/1',
    name,
    backend,
    startedAt,
    ports: launched.ports,
    secrets: launched.secrets,
    observe: observe?.ports ?? null,
  })
  const watchedAt = observe ? describeObservers(launched.ports.address, observe.ports) : []
  io.stdout.write(`The chat is up on ${backend}, gateways: ${options.gateways}, Kafka brokers: ${options.brokers}, after ${seconds(startedMs)} s.
  REST          ${launched.addresses.api}      OpenAPI at ${launched.addresses.api}/openapi.json
  STOMP         ${launched.addresses.socket}
  operations    ${launched.addresses.operations}      with the internal token, see docs/swarm.md
  credentials   ${stateFile(io.env, name)}
${watchedAt.map((line) => `  ${line}\n`).join('')}npm run stack -- status | logs <service> | scale gateway=5 | down
`)
  return exitCodes.PASS
}

async function clearPlace({ name, replace }: StackOptions, context: SwarmContext): Promise<void> {
  const left = await leftoversOf(context.daemon, name)
  if (isEmpty(left)) return
  if (!replace) {
    const remedy = 'Add --replace to remove it first, or remove it yourself: npm run stack -- down'
    const text = `There is a stack ${name} already: ${describeLeftovers(left)}.`
    throw new EnvironmentError('ENV-START', 'stack', text, remedy)
  }
  await removeStack(name, context)
  await forgetState(context.env, name)
}

/** What was deployed in vain goes, whatever stopped it: a signal that did must not stop this as well. */
async function giveUp(name: string, context: SwarmContext): Promise<void> {
  await removeStack(name, { ...context, signal: new AbortController().signal })
  await forgetState(context.env, name)
}

const seconds = (sinceMs: number) => ((Date.now() - sinceMs) / 1000).toFixed(0)

async function clusterFor({ initSwarm: mayInit }: StackOptions, context: SwarmContext): Promise<SwarmCluster> {
  if (context.daemon.swarm !== 'inactive' || !mayInit) return openCluster(context.daemon)
  await initSwarm(context.daemon)
  context.onProgress('made the daemon a Swarm of one node, on loopback')
  return openCluster(await openDaemon(context.env))
}

function describeCluster({ nodes, kind, reason }: SwarmCluster): string {
  const away = nodes.filter(({ state }) => state !== 'ready').map(({ hostname, state }) => `${hostname} is ${state}`)
  const how = kind === 'virtual-ip' ? 'virtual IPs' : 'DNS round robin and ports of the node'
  const count = nodes.length === 1 ? 'one node' : `${nodes.length} nodes`
  return [`Swarm of ${count}, with ${how}: ${reason}`, ...away].join('; ')
}
