/** Puts a rendered stack on a Swarm, and waits until all of it serves. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { EnvironmentError } from '../component.ts'
import { docker } from '../docker/program.ts'
import { CommandError } from '../provision/commands.ts'
import type { StackFiles } from '../stack/render.ts'
import type { SwarmContext } from './context.ts'
import { lastLines } from './logs.ts'
import { isServing, listServices, listTasks, type Service, type Task } from './tasks.ts'

/** Writes the files of a stack below `folder`, secrets for nobody else to read. */
export async function writeStack(files: StackFiles, folder: string): Promise<string> {
  const write = async (path: string, text: string, mode: number) => {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    await writeFile(file, text, { mode })
    return file
  }
  for (const [path, text] of Object.entries(files.configs)) await write(path, text, 0o644)
  for (const [path, text] of Object.entries(files.secrets)) await write(path, text, 0o600)
  return write('stack.yaml', files.compose, 0o644)
}

/**
 * `docker stack deploy` from a folder that is gone afterwards. Images are taken as the nodes have them: asking a
 * registry for each would cost its time-out where there is none. Rejects with ENV-START and Docker's own words.
 */
export async function deployStack(files: StackFiles, name: string, context: SwarmContext): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chat-stack-'))
  try {
    const file = await writeStack(files, folder)
    await docker(context.daemon, ['stack', 'deploy', '--resolve-image', 'never', '--compose-file', file, name], context)
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const remedy = 'These are the words of the docker program; `npm run stack -- render` prints what it was given.'
    throw new EnvironmentError('ENV-START', 'stack', `Docker refused the stack ${name}.`, remedy, error.lines.slice(-8))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const pollMs = 300
/** Roles wait for their engines, so a service that ends again and again has a reason of its own. */
const maxFailures = 4

export interface Wait {
  readonly stack: string
  /** Services, those first that others need: the cause of a failure is looked for in this order. */
  readonly order: readonly string[]
  readonly timeoutMs: number
  /** Services that are waited for; all of the stack by default. */
  readonly only?: readonly string[]
}

/**
 * Until every service has all its tasks, healthy. Rejects with ENV-START and the reason: the task's error, its service's
 * last log lines.
 */
export async function waitUntilWhole({ stack, order, timeoutMs, only }: Wait, context: SwarmContext): Promise<void> {
  const deadlineMs = Date.now() + timeoutMs
  // The Swarm forgets all but the last five ends of a service.
  const failures = new Map<string, Set<string>>()
  const place = ({ name }: Service) => (order.indexOf(name) + order.length + 1) % (order.length + 1)
  for (let told = ''; ; ) {
    context.signal.throwIfAborted()
    const all = await listServices(context.daemon, stack)
    const services = all.filter(({ name }) => only?.includes(name) ?? true)
    const tasks = await listTasks(context.daemon, stack, services)
    count(tasks, failures)
    const lacking = services
      .filter((service) => servingOf(service, tasks) < service.replicas)
      .sort((a, b) => place(a) - place(b))
    if (lacking.length === 0 && services.length > 0) return
    const isLate = Date.now() > deadlineMs
    if (isLate || lacking.some((service) => isHopeless(service, tasks, failures))) {
      const cause = lacking.find((service) => isHopeless(service, tasks, failures)) ?? lacking[0]!
      throw await neverHealthy(cause, lacking, tasks, isLate ? `within ${timeoutMs / 1000} s` : '', context)
    }
    const text = lacking.map((service) => `${service.name} ${servingOf(service, tasks)}/${service.replicas}`).join(', ')
    if (text !== told) context.onProgress(`waiting for ${text}`)
    told = text
    await delay(pollMs, undefined, { signal: context.signal })
  }
}

export const servingOf = ({ name }: Service, tasks: readonly Task[]): number =>
  tasks.filter((task) => task.service === name && isServing(task)).length

function count(tasks: readonly Task[], failures: Map<string, Set<string>>): void {
  for (const { id, service, state } of tasks)
    if (state === 'failed') failures.set(service, (failures.get(service) ?? new Set()).add(id))
}

function isHopeless({ name }: Service, tasks: readonly Task[], failures: ReadonlyMap<string, Set<string>>): boolean {
  if ((failures.get(name)?.size ?? 0) >= maxFailures) return true
  return tasks.some(({ service, state, error }) => service === name && state === 'rejected' && isMissingImage(error))
}

const isMissingImage = (error: string) => /no such image/i.test(error)

async function neverHealthy(
  service: Service,
  lacking: readonly Service[],
  tasks: readonly Task[],
  within: string,
  context: SwarmContext,
): Promise<EnvironmentError> {
  const own = tasks.filter((task) => task.service === service.name)
  const last = own.findLast(({ error }) => error !== '') ?? own.at(-1)
  const error = last?.error ?? ''
  const state = last === undefined ? 'it has no task' : `its last task is ${last.state}${error && `: ${error}`}`
  const others = lacking.filter((one) => one !== service).map(({ name }) => name)
  const waiting = others.length === 0 ? '' : ` Not healthy either: ${others.join(', ')}.`
  return new EnvironmentError(
    'ENV-START',
    service.name,
    `The service ${service.name} did not become healthy ${within}: ${state}.${waiting}`.replace(
      'healthy :',
      'healthy:',
    ),
    isMissingImage(error)
      ? `Every node needs the image ${service.image}: build it with --images=local, or load it on each node.`
      : `What it said last is above; \`npm run stack -- up --keep\` leaves it there to be looked at.`,
    [...(await lastLines(service.id, 12, context)), ...(await lastCheck(last, context))],
  )
}

/** What the last health check of a task on this node said. */
async function lastCheck(task: Task | undefined, { daemon }: SwarmContext): Promise<string[]> {
  if (task === undefined || task.containerId === '') return []
  try {
    const { State } = await daemon.api.getContainer(task.containerId).inspect()
    const { ExitCode, Output } = State.Health?.Log.at(-1) ?? { ExitCode: 0, Output: '' }
    return ExitCode === 0 ? [] : [`health check: ${Output.trim().slice(0, 300) || `exit code ${ExitCode}`}`]
  } catch {
    // On another node, or gone by now.
    return []
  }
}
