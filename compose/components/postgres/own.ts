/** A PostgreSQL of our own: one node, loopback only, no unix socket, one generated user. */
import { randomBytes } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { EngineIdentity, RunningComponent } from '../../component.ts'
import { freePorts, portToBeFree } from '../../native/ports.ts'
import type { ComponentContext, Launched } from '../driver.ts'
import { identify } from './identity.ts'
import { engineSettings, POSTGRES_MEMORY, PostgresServer, type Settings } from './server.ts'

const NAME = 'postgres'
const USER = 'lab'

/** Of a store, wherever it runs: enough connections for as many processes of the chat as MySQL serves. */
export const storeSettings: Settings = [['max_connections', '200'], ...engineSettings]

/** The same for the program's command line. */
export const settingArguments: readonly string[] = storeSettings.flatMap(([name, value]) => ['-c', `${name}=${value}`])

/** Programs that can be started, and where they are from. */
export interface PostgresPrograms {
  readonly binFolder: string
  readonly origin: 'path' | 'provisioned'
}

/** The parts of one server: the same after every restart. */
interface Own {
  readonly server: PostgresServer
  readonly context: ComponentContext
  readonly origin: PostgresPrograms['origin']
  readonly port: number
  readonly password: string
}

export async function startPostgres(programs: PostgresPrograms, context: ComponentContext): Promise<Launched> {
  const password = randomBytes(18).toString('hex')
  context.hide(password)
  try {
    const [port = 0] = await freePorts(1)
    const server = await initialise(programs, port, password, context)
    return await launch({ server, context, origin: programs.origin, port, password })
  } catch (error) {
    await rm(context.dataDir, { recursive: true, force: true })
    throw error
  }
}

async function initialise(
  { binFolder }: PostgresPrograms,
  port: number,
  password: string,
  context: ComponentContext,
): Promise<PostgresServer> {
  await mkdir(context.dataDir, { recursive: true })
  context.onProgress({ component: NAME, step: 'making the data folder' })
  const passwordFile = join(context.dataDir, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  const plan = {
    component: NAME,
    binFolder,
    initArgs: ['-U', USER, `--pwfile=${passwordFile}`, '-A', 'scram-sha-256', '--encoding=UTF8', '--locale=C'],
    settings: [
      ['listen_addresses', '127.0.0.1'],
      ['port', `${port}`],
      ['unix_socket_directories', ''],
      ...storeSettings,
    ],
    variables: {},
  } as const
  const server = await PostgresServer.initialise(plan, context)
  await rm(passwordFile)
  return server
}

async function launch(own: Own): Promise<Launched> {
  const { server, context, origin, port, password } = own
  const url = `postgres://${USER}:${password}@127.0.0.1:${port}/`
  let identity: EngineIdentity = { product: 'PostgreSQL', version: 'unknown' }
  const process = await server.start(async (signal) => {
    identity = await firstAnswer(url, signal)
  })
  const component: RunningComponent = {
    name: NAME,
    url,
    publicUrl: `postgres://127.0.0.1:${port}/`,
    identity,
    origin,
    processes: [process],
    memory: POSTGRES_MEMORY,
    figures: { engine: 'postgres', url: `${url}postgres?application_name=exporter` },
    settle: () => checkpoint(url),
  }
  const again = async () => {
    // Waits for the last of a killed server's children: they hold its shared memory.
    await process.stop()
    await portToBeFree(NAME, port, context.signal)
    return launch(own)
  }
  return { component, again }
}

/** A server that recovers refuses connections until it is done. */
export async function firstAnswer(url: string, signal: AbortSignal): Promise<EngineIdentity> {
  for (;;) {
    signal.throwIfAborted()
    const identity = await identify(url, 1_000).catch(() => undefined)
    if (identity) return identity
    await delay(50, undefined, { signal })
  }
}

/** Writes changed pages to their files. */
async function checkpoint(url: string): Promise<void> {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: `${url}postgres`, connectionTimeoutMillis: 5_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.query('CHECKPOINT')
  } finally {
    await client.end()
  }
}
