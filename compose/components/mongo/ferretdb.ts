/** FerretDB on PostgreSQL with DocumentDB: the engine where no genuine MongoDB is to be had. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { RunningComponent, RunningProcess } from '../../component.ts'
import { freePorts, portToBeFree } from '../../native/ports.ts'
import type { Recipe } from '../../provision/cache.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { type GoToolchain, goToolchain, installGo } from '../../provision/go.ts'
import type { ComponentContext, Launched } from '../driver.ts'
import { POSTGRES_MEMORY } from '../postgres/server.ts'
import { answering } from './answering.ts'
import { DocumentDb } from './documentdb.ts'

export const FERRETDB_VERSION = '2.7.0'
export const FERRETDB_DOWNLOAD_BYTES = 60e6
export const FERRETDB_DISK_BYTES = 40e6
export const FERRETDB_BUILD_CPU_SECONDS = 150
/** Packages a build compiles, for the progress. */
const PACKAGES = 560

export const ferretdbRecipe = (go: GoToolchain, context: ProvisionContext): Recipe => ({
  name: 'ferretdb',
  version: FERRETDB_VERSION,
  key: `${FERRETDB_VERSION} ${process.platform} ${process.arch}`,
  needBytes: FERRETDB_DISK_BYTES + 600e6,
  make: async (folder, _fetched, signal) => {
    const packageVersion = `github.com/FerretDB/FerretDB/v2/cmd/ferretdb@v${FERRETDB_VERSION}`
    const build = { component: 'mongo', packageVersion, folder, packages: PACKAGES }
    await installGo(build, go, { ...context, signal })
  },
})

interface Credentials {
  readonly user: string
  readonly password: string
}

/** The parts of one engine: the same after every restart. */
interface Engine {
  readonly context: ComponentContext
  readonly program: string
  readonly postgres: DocumentDb
  readonly port: number
  readonly credentials: Credentials
}

export async function startFerretdb(context: ComponentContext): Promise<Launched> {
  const go = await goToolchain(context)
  const folder = await context.cache.entry(ferretdbRecipe(go, context), context.signal)
  const postgres = await DocumentDb.prepare(context)
  const credentials = { user: 'lab', password: randomBytes(18).toString('hex') }
  context.hide(credentials.password)
  const server = await postgres.start()
  try {
    await postgres.sql('CREATE EXTENSION documentdb CASCADE; CREATE EXTENSION documentdb_extended_rum;')
    await postgres.sql(`SELECT documentdb_api.create_user('${userDocument(credentials)}');`)
    const [port = 0] = await freePorts(1)
    const engine: Engine = { context, program: join(folder, 'ferretdb'), postgres, port, credentials }
    return await launchOn(engine, server)
  } catch (error) {
    await server.stop()
    await rm(context.dataDir, { recursive: true, force: true })
    throw error
  }
}

const userDocument = ({ user, password }: Credentials): string => {
  const roles = [
    { role: 'clusterAdmin', db: 'admin' },
    { role: 'readWriteAnyDatabase', db: 'admin' },
  ]
  return JSON.stringify({ createUser: user, pwd: password, roles })
}

async function launchOn(engine: Engine, server: RunningProcess): Promise<Launched> {
  const { ferretdb, identity } = await startServer(engine)
  const { user, password } = engine.credentials
  const address = `127.0.0.1:${engine.port}`
  const component: RunningComponent = {
    name: 'mongo',
    url: `mongodb://${user}:${password}@${address}/`,
    publicUrl: `mongodb://${address}/`,
    identity,
    origin: 'provisioned',
    processes: [server, ferretdb],
    memory: POSTGRES_MEMORY,
    figures: { engine: 'postgres', url: engine.postgres.url },
    settle: async () => void (await engine.postgres.sql('CHECKPOINT')),
  }
  let serverEnded = false
  void server.exited.then(() => {
    serverEnded = true
  })
  // FerretDB is always started anew, so that no half-dead connection stays; PostgreSQL only when it has ended.
  const again = async (): Promise<Launched> => {
    await ferretdb.stop()
    // Waits for the last of a killed server's children: they hold its shared memory.
    if (serverEnded) await server.stop()
    await portToBeFree('mongo', engine.port, engine.context.signal)
    return launchOn(engine, serverEnded ? await engine.postgres.start() : server)
  }
  return { component, again }
}

async function startServer({ context, program, postgres, port, credentials }: Engine) {
  const probe = answering(`mongodb://${credentials.user}:${credentials.password}@127.0.0.1:${port}/`)
  const ferretdb = await context.spawn({
    name: 'ferretdb',
    command: program,
    args: [
      `--postgresql-url=${postgres.url}`,
      `--listen-addr=127.0.0.1:${port}`,
      '--debug-addr=-',
      `--state-dir=${context.dataDir}`,
      '--auth',
      '--telemetry=disable',
      '--log-level=warn',
    ],
    // Documents are garbage as soon as they are passed on; a larger heap spares FerretDB's collector.
    env: { DO_NOT_TRACK: '1', GOGC: '400' },
    ready: probe.ready,
  })
  return { ferretdb, identity: probe.identity() }
}
