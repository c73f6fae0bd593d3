import { openCluster } from '../../compose/swarm/cluster.ts'
import { servingOf } from '../../compose/swarm/deploy.ts'
import { listServices, listTasks, type Service, type Task } from '../../compose/swarm/tasks.ts'
import { exitCodes } from '../judge/verdict.ts'
import { addressesOf } from './launch.ts'
import { describeObservers, prometheusUrl } from './observe.ts'
import { readState, type StackState } from './state.ts'
import type { StackTask } from './task.ts'

/** Exit code 0 when all of it serves, 4 when not. */
export async function status({ options, io, context }: StackTask): Promise<number> {
  const cluster = await openCluster(context.daemon)
  const services = await listServices(context.daemon, options.name)
  const tasks = await listTasks(context.daemon, options.name, services)
  const state = await readState(io.env, options.name)
  const whole = services.length > 0 && services.every((service) => servingOf(service, tasks) >= service.replicas)
  const nodes = cluster.nodes.map(({ hostname, state, availability, isManager }) => ({
    hostname,
    state,
    availability,
    isManager,
  }))
  const found = {
    schema: 'lab.stack.status/1',
    name: options.name,
    backend: state?.backend ?? null,
    whole,
    prometheus: state?.observe ? prometheusUrl(state.ports.address, state.observe) : null,
    cluster: { kind: cluster.kind, reason: cluster.reason, nodes },
    services: services.map((service) => describe(service, tasks, cluster.nodes)),
  }
  if (options.json) io.stdout.write(`${JSON.stringify(found, null, 2)}\n`)
  else if (services.length === 0) io.stdout.write(`There is no stack ${options.name}.\n`)
  else io.stdout.write(table(found, state === null ? '' : describeAddresses(state)))
  return whole ? exitCodes.PASS : exitCodes.environment
}

const describeAddresses = ({ ports, observe }: StackState) =>
  [`Clients at ${addressesOf(ports).api}`, ...(observe ? describeObservers(ports.address, observe) : []), ''].join('\n')

function describe(service: Service, tasks: readonly Task[], nodes: readonly { id: string; hostname: string }[]) {
  const own = tasks.filter((task) => task.service === service.name && task.desiredState === 'running')
  const failed = tasks.findLast((task) => task.service === service.name && task.error !== '')
  return {
    name: service.name,
    running: servingOf(service, tasks),
    replicas: service.replicas,
    tasks: own.map(({ slot, state, nodeId }) => ({
      slot,
      state,
      node: nodes.find(({ id }) => id === nodeId)?.hostname ?? '',
    })),
    lastError: failed?.error ?? null,
  }
}

type Found = {
  readonly cluster: { readonly nodes: readonly { hostname: string; state: string; availability: string }[] }
  readonly services: readonly ReturnType<typeof describe>[]
}

function table({ cluster, services }: Found, address: string): string {
  const rows = services.map(({ name, running, replicas, tasks, lastError }) => {
    const where = tasks.map(({ slot, state, node }) => `${slot}:${state}@${node}`).join(' ')
    const error = lastError !== null ? `   last error: ${lastError}` : ''
    return `  ${name.padEnd(14)} ${`${running}/${replicas}`.padEnd(6)} ${where}${error}`
  })
  const nodes = cluster.nodes.map(({ hostname, state, availability }) => `${hostname} ${state} ${availability}`)
  return `${rows.join('\n')}\nNodes: ${nodes.join(', ')}\n${address}`
}
