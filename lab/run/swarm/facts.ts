/** What a run says of its stack: what it is made of, in which versions, and which components are measured. */
import type { ImageName } from '../../../compose/images/image.ts'
import type { Task } from '../../../compose/swarm/tasks.ts'
import { engineGroup } from '../../../compose/swarm/usage.ts'
import { needsRedis } from '../../../system/editions/index.ts'
import type { StackEdition } from '../../stack/chat.ts'
import type { LaunchedStack } from '../../stack/launch.ts'
import type { StackBackend } from '../../stack/options.ts'
import { describeTarget, redisEngines, type SystemIdentity } from '../reference/identity.ts'
import type { RunningTarget } from '../target.ts'
import { kafkaInRun, nameInRun, watchers } from './names.ts'

export type Facts = Pick<RunningTarget, 'description' | 'versions' | 'components'>

export interface FactsParts {
  readonly edition: StackEdition
  readonly backend: StackBackend
  readonly launched: LaunchedStack
  /** As a process of the system answered. */
  readonly identity: SystemIdentity
  /** Docker's version. */
  readonly docker: string
  /** Names of the services: those of the roles, and of the brokers. */
  readonly roles: readonly string[]
  readonly brokers: readonly string[]
  readonly serving: (service: string) => readonly Task[]
  /** Whether the kernel that accounts for a task is this machine's. */
  readonly isHere: (task: Task) => boolean
}

/** As it is before the load. */
export function factsOf(parts: FactsParts): Facts {
  const { edition, backend, launched, identity, docker, brokers, serving, isHere } = parts
  const origin = (name: 'kafka' | StackBackend) => `${launched.images.get(name)!.source} image`
  const names = [...parts.roles, 'edge']
  const processes = names.flatMap((name) => serving(name).map(({ slot }) => `${name}.${slot}`))
  const origins = { store: origin(backend), log: origin('kafka') }
  const description = describeTarget(edition.name, 'swarm', identity, processes, origins, redisOf(parts))
  const named = new Map(description.engines.map(({ role, engine }) => [role, `${engine.product} ${engine.version}`]))
  const { services } = launched.spec
  const component = (name: string, title = nameInRun(name), all: readonly string[] = [name]) => {
    const { limits, replicas } = services[all[0]!]!
    const each = replicas > 1 || all.length > 1 ? 'each container' : 'container'
    const memory = [{ what: each, bytes: limits.memoryMiB * 2 ** 20 }]
    return { name: nameInRun(name), title, measured: all.flatMap(serving).every(isHere), memory }
  }
  const product = (name: string) => launched.images.get(name as ImageName)?.product
  return {
    description,
    versions: { ...Object.fromEntries(named), docker },
    components: [
      ...names.map((name) => component(name)),
      component(kafkaInRun, named.get('log'), brokers),
      component(backend, named.get('store')),
      ...(needsRedis(edition) ? [component('redis', product('redis'))] : []),
      ...[...watchers.keys()].filter((name) => name in services).map((name) => component(name, product(name))),
      { name: engineGroup, title: `Docker Engine ${docker}`, measured: true },
    ],
  }
}

/** By its image: nothing of the lab's reaches it on the wire. */
function redisOf({ launched, edition }: FactsParts) {
  const image = launched.images.get('redis')
  if (image === undefined) return []
  const identity = { product: image.product, version: image.reference }
  return redisEngines(edition, { origin: `${image.source} image`, identity })
}
