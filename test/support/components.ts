/** Real engines for tests: one of each a lane, or one of a test's own when it wants to kill it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  type ComponentName,
  EnvironmentError,
  type Progress,
  type RunningComponent,
  type Session,
  type SessionOptions,
} from '../../compose/component.ts'
import { openSession } from '../../compose/native/session.ts'
import { onDisk, type SmallDisk } from './small-disk.ts'

const NAMES: readonly ComponentName[] = ['kafka', 'mongo', 'mysql', 'postgres', 'cassandra', 'redis']
/** Where a lane's runner tells its test files what runs; the value is JSON of `Shared`. */
const VARIABLES = {
  kafka: 'CHAT_LAB_TEST_KAFKA',
  mongo: 'CHAT_LAB_TEST_MONGO',
  mysql: 'CHAT_LAB_TEST_MYSQL',
  postgres: 'CHAT_LAB_TEST_POSTGRES',
  cassandra: 'CHAT_LAB_TEST_CASSANDRA',
  redis: 'CHAT_LAB_TEST_REDIS',
} as const

type Shared =
  | { readonly available: true; readonly component: Omit<RunningComponent, 'processes'> }
  | { readonly available: false; readonly reason: string }

type Contained = Pick<SessionOptions, 'env' | 'containers'>
let ownSessions: Contained = { env: process.env }

/** From now on the components of this file's own are containers, of images built here, on the daemon `env` names. */
export function ownAreContainers(env: SessionOptions['env']): void {
  ownSessions = { env, containers: { when: 'wanted', only: null, images: 'local' } }
}

export interface AvailableComponent {
  readonly available: true
  readonly url: string
  readonly component: RunningComponent
  /** SIGKILL to all its processes. Only for a component of the test's own. */
  kill(): Promise<void>
  /** Starts what was killed again, on the same port and data. */
  restart(): Promise<RunningComponent>
  /** Ends it; does nothing to a shared one. */
  release(): Promise<void>
}

export type Provided =
  | AvailableComponent
  | { readonly available: false; readonly name: string; readonly reason: string }

/**
 * The lane's component, else one started for the caller. `own: true` always starts one. Use names of your own for
 * databases and topics, for others use a shared one as well; `disk` holds the data of one's own. Rejects when a component is there and does not start.
 */
export async function provide(
  name: ComponentName,
  options: { readonly own?: boolean; readonly disk?: SmallDisk } = {},
): Promise<Provided> {
  const shared = process.env[VARIABLES[name]]
  if (!shared) return startOwn(name, options.disk)
  const answer = JSON.parse(shared) as Shared
  if (!answer.available) return { available: false, name, reason: answer.reason }
  if (options.own) return startOwn(name, options.disk)
  const component: RunningComponent = { ...answer.component, processes: [] }
  const refuse = async () => {
    throw new Error(`this ${name} is shared: ask for one of your own with { own: true }`)
  }
  return { available: true, url: component.url, component, kill: refuse, restart: refuse, release: async () => {} }
}

/** Skips the test, by name and reason, when the component is not to be had; where `CI` is set that is a failure. */
export function skipOrFail(t: TestContext, provided: Provided): provided is AvailableComponent {
  if (provided.available) return true
  const text = `${provided.name} is not available: ${provided.reason}`
  if (process.env.CI) throw new Error(text)
  t.skip(text)
  return false
}

/** Starts every component once for the lanes to come and says so in the environment. `stop` ends them. */
export async function startTestComponents(): Promise<{ stop(): Promise<void> }> {
  const { session, discard } = await temporarySession()
  const stop = async () => {
    for (const name of NAMES) delete process.env[VARIABLES[name]]
    await discard()
  }
  try {
    await Promise.all(
      NAMES.map(async (name) => {
        process.env[VARIABLES[name]] = JSON.stringify(await tryStart(session, name))
      }),
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}

async function tryStart(session: Session, name: ComponentName): Promise<Shared> {
  try {
    const { processes: _processes, ...component } = await session.start(name)
    return { available: true, component }
  } catch (error) {
    // What cannot be had here is a skip; what is had and does not work is a failure.
    const code = error instanceof EnvironmentError ? error.code : undefined
    if (code !== 'ENV-MISSING' && code !== 'ENV-PROVISION') throw error
    return { available: false, reason: (error as Error).message }
  }
}

async function startOwn(name: ComponentName, disk?: SmallDisk): Promise<Provided> {
  const { session, discard } = await temporarySession(disk ? onDisk(openSession, name, disk) : openSession)
  const started = await tryStart(session, name).catch(async (error) => {
    await discard()
    throw error
  })
  if (!started.available) {
    await discard()
    return { available: false, name, reason: started.reason }
  }
  const component = await session.start(name)
  const kill = async () => {
    const { processes } = await session.start(name)
    for (const each of processes) each.kill()
    await Promise.all(processes.map((each) => each.exited))
  }
  return {
    available: true,
    url: component.url,
    component,
    kill,
    restart: () => session.restart(name),
    release: discard,
  }
}

async function temporarySession(open = openSession): Promise<{ session: Session; discard(): Promise<void> }> {
  const runDir = await mkdtemp(join(tmpdir(), 'chat-lab-test-'))
  const signal = new AbortController().signal
  const session = await open({ runDir, signal, onProgress: progressLines(), ...ownSessions })
  const discard = async () => {
    await session.close()
    await rm(runDir, { recursive: true, force: true })
  }
  return { session, discard }
}

/** One line a step, so that a long provisioning does not look like a test that hangs. */
function progressLines(): (progress: Progress) => void {
  const last = new Map<string, string>()
  return ({ component, step }) => {
    const kind = step.replace(/\d+/g, '')
    if (last.get(component) === kind) return
    last.set(component, kind)
    process.stderr.write(`# ${component}: ${step}\n`)
  }
}
