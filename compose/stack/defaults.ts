/** What services have in common, and how an image's facts become parts of a service. */
import type { ReadyImage } from '../images/image.ts'
import type { Healthcheck, ServiceSpec } from './spec.ts'

/**
 * How often Docker asks: each time starts a process in the container, some 50 ms of CPU, so not each second; but DNS
 * names no task before its first success, so a task that was killed is missing for that long at least. Once it serves it
 * is the balancer who sees first that it hangs. At the start of a stack all of it starts at once, on few cores: the long
 * grace is over with the first success.
 */
const check = {
  startIntervalMs: 3_000,
  intervalMs: 10_000,
  timeoutMs: 3_000,
  retries: 3,
  startPeriodMs: 300_000,
} as const

/** The cheap command that the image brings; what it says of itself. Throws for an image that has none. */
export function healthOf({ name, facts, source }: ReadyImage): Healthcheck {
  const test = facts.health[source]
  if (test === null) throw new Error(`the ${source} image of ${name} has no health command`)
  return { test, ...check }
}

type Plain = Pick<
  ServiceSpec,
  'environment' | 'ports' | 'configs' | 'secrets' | 'volumes' | 'scratch' | 'restart' | 'update' | 'placement'
>

/** A service that nothing was said of. */
const plain: Plain = {
  environment: {},
  ports: [],
  configs: [],
  secrets: [],
  volumes: [],
  scratch: [],
  restart: { condition: 'any', delayMs: 1_000 },
  update: { order: 'stop-first', parallelism: 1, delayMs: 0, monitorMs: 5_000, onFailure: 'pause' },
  placement: 'spread',
}

/** Keeps nothing and has equals: a new task starts before an old one ends. */
export const stateless: Plain = {
  ...plain,
  update: { order: 'start-first', parallelism: 1, delayMs: 1_000, monitorMs: 5_000, onFailure: 'rollback' },
}

/**
 * Keeps its data in a volume of the node it first ran on: it must come back there, and two at once would share files.
 */
export const stateful: Plain = { ...plain, placement: 'state' }

const scratchMiB = 64

export const imageParts = ({ reference, facts }: ReadyImage): Pick<ServiceSpec, 'image' | 'user' | 'scratch'> => ({
  image: reference,
  user: facts.user,
  scratch: facts.scratch.map((target) => ({ target, sizeMiB: scratchMiB })),
})
