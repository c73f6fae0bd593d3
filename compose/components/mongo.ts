/** A MongoDB: given by MONGO_URL, else `mongod` from PATH, else the MongoDB-compatible FerretDB, named as such. */
import { availableParallelism } from 'node:os'
import { type Availability, EnvironmentError, type RunningComponent } from '../component.ts'
import { findProgram } from '../native/programs.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { debianObstacle } from '../provision/debian.ts'
import { GO_DISK_BYTES, GO_DOWNLOAD_BYTES, goToolchain } from '../provision/go.ts'
import { withoutCredentials } from './address.ts'
import type { ComponentContext, Driver, Launched } from './driver.ts'
import {
  FERRETDB_BUILD_CPU_SECONDS,
  FERRETDB_DISK_BYTES,
  FERRETDB_DOWNLOAD_BYTES,
  FERRETDB_VERSION,
  ferretdbRecipe,
  startFerretdb,
} from './mongo/ferretdb.ts'
import { identify } from './mongo/identity.ts'
import { startMongod } from './mongo/mongod.ts'
import { POSTGRES_DISK_BYTES, POSTGRES_DOWNLOAD_BYTES, postgresRecipe } from './postgres/distribution.ts'

const NAME = 'mongo'
const ENGINE = `FerretDB ${FERRETDB_VERSION} on PostgreSQL 18 with DocumentDB (compatible with MongoDB, not MongoDB)`
const GIVEN_TIMEOUT_MS = 5_000
const UNPACK_SECONDS = 20

export const mongo: Driver = { name: NAME, givenBy: ['MONGO_URL'], availability, start }

async function start(context: ComponentContext): Promise<Launched> {
  if (context.env.MONGO_URL) return startGiven(context.env.MONGO_URL)
  const mongod = findProgram('mongod', context.env)
  return mongod ? startMongod(mongod, context) : startFerretdb(context)
}

async function startGiven(url: string): Promise<Launched> {
  const publicUrl = withoutCredentials(url)
  const identity = await identify(url, GIVEN_TIMEOUT_MS).catch((error: Error) => {
    const credentials = /:\/\/([^@/]*)@/.exec(url)?.[1]
    const reason = credentials ? error.message.replaceAll(credentials, '***') : error.message
    const text = `No MongoDB answers at ${publicUrl} within ${GIVEN_TIMEOUT_MS / 1000} s: ${reason}`
    const remedy =
      'Check MONGO_URL, its credentials and that the server runs; without MONGO_URL the lab starts its own.'
    throw new EnvironmentError('ENV-UNREACHABLE', NAME, text, remedy)
  })
  const component: RunningComponent = { name: NAME, url, publicUrl, identity, origin: 'given', processes: [] }
  return { component, again: () => startGiven(url) }
}

async function givenAvailability(url: string): Promise<Availability> {
  try {
    const { identity, publicUrl } = (await startGiven(url)).component
    return { name: NAME, state: 'given', detail: `${publicUrl}: ${identity.product} ${identity.version}` }
  } catch (error) {
    return { name: NAME, state: 'missing', detail: (error as EnvironmentError).message }
  }
}

async function availability(context: ProvisionContext): Promise<Availability> {
  const { env } = context
  if (env.MONGO_URL) return givenAvailability(env.MONGO_URL)
  const mongod = findProgram('mongod', env)
  if (mongod) return { name: NAME, state: 'found', detail: mongod }
  const go = await goToolchain(context).catch((error: EnvironmentError) => error)
  if (go instanceof Error) return { name: NAME, state: 'missing', detail: `${go.message} ${go.remedy}` }
  const hasFerretdb = await context.cache.has(ferretdbRecipe(go, context))
  const hasPostgres = await context.cache.has(postgresRecipe(NAME, context))
  if (hasFerretdb && hasPostgres) return { name: NAME, state: 'cached', detail: ENGINE }
  const obstacle = hasPostgres ? null : await debianObstacle(context)
  if (obstacle) {
    const detail = `${obstacle}. Install mongod, or set MONGO_URL.`
    return { name: NAME, state: 'missing', detail }
  }
  const wheel = !hasFerretdb && go.origin === 'wheel'
  const sum = (ferretdb: number, postgres: number, wheelGo: number) =>
    (hasFerretdb ? 0 : ferretdb) + (hasPostgres ? 0 : postgres) + (wheel ? wheelGo : 0)
  return {
    name: NAME,
    state: 'to-provision',
    detail: `${ENGINE}: Debian sid packages by apt, FerretDB by ${go.version}`,
    downloadBytes: sum(FERRETDB_DOWNLOAD_BYTES, POSTGRES_DOWNLOAD_BYTES, GO_DOWNLOAD_BYTES),
    diskBytes: sum(FERRETDB_DISK_BYTES, POSTGRES_DISK_BYTES, GO_DISK_BYTES),
    buildSeconds: Math.ceil(sum(FERRETDB_BUILD_CPU_SECONDS / availableParallelism(), UNPACK_SECONDS, 0)),
  }
}
