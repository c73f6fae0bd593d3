import { EnvironmentError } from '../../compose/component.ts'
import { docker } from '../../compose/docker/program.ts'
import { openCluster } from '../../compose/swarm/cluster.ts'
import { waitUntilWhole } from '../../compose/swarm/deploy.ts'
import { isEmpty, leftoversOf, removeStack } from '../../compose/swarm/remove.ts'
import { setReplicas } from '../../compose/swarm/scale.ts'
import { listServices, type Service } from '../../compose/swarm/tasks.ts'
import { exitCodes } from '../judge/verdict.ts'
import { forgetState } from './state.ts'
import type { StackTask } from './task.ts'

const scaledMs = 120_000

export async function down({ options, io, context }: StackTask): Promise<number> {
  // Outside of a Swarm there is no stack, but what a node that left it has kept is still there.
  const before = context.daemon.swarm === 'manager' ? await leftoversOf(context.daemon, options.name) : null
  if (before === null) await openCluster(context.daemon)
  await removeStack(options.name, context)
  await forgetState(io.env, options.name)
  const text =
    before === null || isEmpty(before) ? `There is no stack ${options.name}.` : `The stack ${options.name} is gone.`
  io.stdout.write(`${text}\n`)
  return exitCodes.PASS
}

export async function scale({ options, io, context }: StackTask): Promise<number> {
  const services = await servicesOf(options.name, Object.keys(options.scale), context.daemon)
  for (const service of services) await setReplicas(context.daemon, service.id, options.scale[service.name]!)
  await waitUntilWhole({ stack: options.name, order: [], timeoutMs: scaledMs }, context)
  io.stdout.write(`${services.map(({ name }) => `${name} ${options.scale[name]}`).join(', ')}: done.\n`)
  return exitCodes.PASS
}

export async function logs({ options, io, context }: StackTask): Promise<number> {
  const [service] = await servicesOf(options.name, [options.service], context.daemon)
  const follow = options.follow ? ['--follow'] : []
  const args = ['service', 'logs', '--tail', `${options.tail}`, ...follow, service!.id]
  const onLine = (line: string) => void io.stdout.write(`${line}\n`)
  await docker(context.daemon, args, { env: context.env, signal: context.signal, onLine })
  return exitCodes.PASS
}

/** The named services of the stack. Rejects with ENV-MISSING where it has no such service, or is not there. */
async function servicesOf(
  stack: string,
  names: readonly string[],
  daemon: StackTask['context']['daemon'],
): Promise<Service[]> {
  await openCluster(daemon)
  const all = await listServices(daemon, stack)
  if (all.length === 0)
    throw new EnvironmentError('ENV-MISSING', 'stack', `There is no stack ${stack}.`, 'npm run stack -- up deploys it.')
  const known = all.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    const text = `The stack ${stack} has no service ${unknown.join(', ')}.`
    throw new EnvironmentError('ENV-MISSING', 'stack', text, `It has ${known.join(', ')}.`)
  }
  return all.filter(({ name }) => names.includes(name))
}
