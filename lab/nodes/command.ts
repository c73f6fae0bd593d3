import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { EnvironmentError } from '../../compose/component.ts'
import { findCluster, makeCluster, type PracticeCluster, removeCluster } from '../../compose/swarm/nodes/cluster.ts'
import { usualLayout } from '../../compose/swarm/nodes/layout.ts'
import type { NodesContext } from '../../compose/swarm/nodes/node.ts'
import { obstacleToNodes } from '../../compose/swarm/nodes/requirements.ts'
import { exitCodes } from '../judge/verdict.ts'
import { explainEnvironment } from '../stack/explain.ts'
import type { StackIo } from '../stack/task.ts'
import { type NodesOptions, type NodeVerb, nodesUsage, readNodesOptions } from './options.ts'
import { bringSupplies } from './supplies.ts'

/** `npm run nodes`. Resolves to the exit code. */
export async function nodesCommand(args: readonly string[], io: StackIo): Promise<number> {
  const problems: string[] = []
  const options = readNodesOptions(args, problems)
  if (options === null) {
    io.stdout.write(nodesUsage)
    return exitCodes.PASS
  }
  if (problems.length > 0) {
    const list = problems.map((problem) => `  ${problem}`).join('\n')
    io.stderr.write(`Nothing was done:\n${list}\nnpm run nodes -- --help lists every option.\n`)
    return exitCodes.usage
  }
  const stop = new AbortController()
  const unlisten = io.onInterrupt(() => stop.abort(new Error('stopped')))
  try {
    const obstacle = obstacleToNodes(io.env)
    if (obstacle !== null) throw obstacle
    return await act(options, io, { layout: usualLayout(io.env), env: io.env, signal: stop.signal })
  } catch (error) {
    return explainEnvironment(error, stop.signal, io)
  } finally {
    unlisten()
  }
}

async function act(options: NodesOptions, io: StackIo, context: NodesContext): Promise<number> {
  if (options.action === 'up') return up(options, io, context)
  if (options.action === 'down') {
    const was = await removeCluster(context.layout)
    io.stdout.write(was ? 'The practice cluster is gone.\n' : 'There is no practice cluster.\n')
    return exitCodes.PASS
  }
  const cluster = await existing(context)
  if (options.action === 'run') return run(options.command, cluster, io)
  if (options.action === 'status') return status(cluster, io)
  await strike(options.action, options.node, cluster)
  io.stdout.write(`${options.action} ${options.node}: done.\n`)
  return exitCodes.PASS
}

async function up(options: NodesOptions & { action: 'up' }, io: StackIo, context: NodesContext): Promise<number> {
  const onProgress = (step: string) => io.stderr.write(`${step}\n`)
  const cluster = await makeCluster(options, context)
  onProgress(`${cluster.nodes.length} nodes are a Swarm; bringing what runs on ${options.backend} need`)
  const from = { daemon: cluster.manager, env: io.env, signal: context.signal, onProgress }
  await bringSupplies(options.backend, from).catch(async (error) => {
    await removeCluster(context.layout)
    throw error
  })
  io.stdout.write(`The practice cluster is up: ${cluster.nodes.join(', ')}; ${cluster.nodes[0]} is its manager.
npm run nodes -- run npm run stack -- up --backend=${options.backend} --gateways=3 --images=local
npm run nodes -- kill n3 | start n3 | cut n3 | heal n3 | leave n3 | join n3 | status | down
`)
  return exitCodes.PASS
}

async function existing(context: NodesContext): Promise<PracticeCluster> {
  const cluster = await findCluster(context)
  if (cluster !== null) return cluster
  throw new EnvironmentError('ENV-MISSING', 'nodes', 'There is no practice cluster.', 'Make it: npm run nodes -- up')
}

/** Interrupts are passed on: a command that npm runs would not hear of one that npm alone was sent. */
async function run(command: readonly string[], cluster: PracticeCluster, io: StackIo): Promise<number> {
  const [program = '', ...args] = [...cluster.enter, ...command]
  const env = { ...io.env, DOCKER_HOST: cluster.host, DOCKER_CONTEXT: undefined }
  const child = spawn(program, args, { stdio: 'inherit', env })
  const unlisten = io.onInterrupt(() => child.kill('SIGINT'))
  const [code] = (await once(child, 'exit')) as [number | null]
  unlisten()
  return code ?? exitCodes.INCOMPLETE
}

async function status(cluster: PracticeCluster, io: StackIo): Promise<number> {
  const states = new Map((await cluster.list()).map((node) => [node.Description.Hostname, node.Status.State]))
  for (const name of cluster.nodes) {
    const process = cluster.isRunning(name) ? 'runs' : 'is off'
    io.stdout.write(`${name}  ${process}, the Swarm takes it for ${states.get(name) ?? 'no node of it'}\n`)
  }
  return exitCodes.PASS
}

async function strike(verb: NodeVerb, node: string, cluster: PracticeCluster): Promise<void> {
  if (cluster.nodes.includes(node)) return cluster[verb](node)
  const text = `The practice cluster has no node ${node}.`
  throw new EnvironmentError('ENV-MISSING', 'nodes', text, `It has ${cluster.nodes.join(', ')}.`)
}
