import { mkdir } from 'node:fs/promises'
import { knowsStartInterval } from '../../compose/docker/program.ts'
import { renderStack } from '../../compose/stack/render.ts'
import { openCluster } from '../../compose/swarm/cluster.ts'
import { writeStack } from '../../compose/swarm/deploy.ts'
import { placesOf } from '../../compose/swarm/places.ts'
import { exitCodes } from '../judge/verdict.ts'
import { generateSecrets, imagesOf, stackEdition, stackOf } from './chat.ts'
import { grafanaImage, imageSupply } from './images.ts'
import { usualPorts } from './observe.ts'
import type { StackTask } from './task.ts'

const doorPorts = (brokers: number) => ({ doorStore: 8306, doorLogs: [8309, 8310, 8311].slice(0, brokers) })

/** The stack as files, for whoever deploys it himself. */
export async function render({ options, io, context }: StackTask): Promise<number> {
  const cluster = await openCluster(context.daemon)
  const edition = stackEdition(options.backend, options)
  const { pins, address } = placesOf(cluster)
  const nodes = cluster.nodes.length
  const images = new Map(await imageSupply(options.images, context)(imagesOf(edition, options.observe)))
  const grafana = options.observe ? await grafanaImage(options.images, context) : null
  if (grafana) images.set('grafana', grafana)
  const observe = {
    prometheus: options.prometheusPort ?? usualPorts.prometheus,
    grafana: grafana && (options.grafanaPort ?? usualPorts.grafana),
  }
  const stack = stackOf({
    name: options.name,
    edition,
    gateways: options.gateways,
    brokers: options.brokers,
    knobs: options.knobs,
    images,
    ports: { address, public: options.port, operations: options.operationsPort, ...doorPorts(options.brokers) },
    front: false,
    secrets: generateSecrets(),
    ...(options.observe && { observe }),
    cpus: Math.min(...cluster.nodes.map((node) => node.cpus), 4),
    nodes,
  })
  const startInterval = await knowsStartInterval(context.daemon, context)
  const files = renderStack(stack, { kind: cluster.kind, nodes, pins, knowsStartInterval: startInterval })
  if (options.out === null) {
    io.stdout.write(files.compose)
    return exitCodes.PASS
  }
  await mkdir(options.out, { recursive: true, mode: 0o700 })
  const file = await writeStack(files, options.out)
  io.stdout.write(`docker stack deploy --resolve-image never --compose-file ${file} ${options.name}\n`)
  return exitCodes.PASS
}
