/** A PostgreSQL: given by POSTGRES_URL, else one that is installed (16 or newer), else unpacked from Debian. */
import { join } from 'node:path'
import { type Availability, EnvironmentError, type RunningComponent } from '../component.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { debianObstacle } from '../provision/debian.ts'
import { withoutCredentials } from './address.ts'
import type { ComponentContext, Driver, Launched } from './driver.ts'
import { BIN, POSTGRES_DISK_BYTES, POSTGRES_DOWNLOAD_BYTES, postgresRecipe } from './postgres/distribution.ts'
import { identify } from './postgres/identity.ts'
import { startPostgres } from './postgres/own.ts'
import { installedPostgres, OLDEST } from './postgres/programs.ts'

const NAME = 'postgres'
const ENGINE = 'PostgreSQL 18 from the Debian packages of sid'
const GIVEN_TIMEOUT_MS = 5_000
const UNPACK_SECONDS = 20

export const postgres: Driver = { name: NAME, givenBy: ['POSTGRES_URL'], availability, start }

async function start(context: ComponentContext): Promise<Launched> {
  if (context.env.POSTGRES_URL) return startGiven(context.env.POSTGRES_URL)
  const installed = await installedPostgres(context)
  if (installed) return startPostgres({ binFolder: installed, origin: 'path' }, context)
  const folder = await context.cache.entry(postgresRecipe(NAME, context), context.signal)
  return startPostgres({ binFolder: join(folder, BIN), origin: 'provisioned' }, context)
}

async function startGiven(url: string): Promise<Launched> {
  const publicUrl = withoutCredentials(url)
  const identity = await identify(url, GIVEN_TIMEOUT_MS).catch((error: Error & { code?: string }) => {
    const credentials = /:\/\/([^/?]*)@/.exec(url)?.[1]?.split(':') ?? []
    // A refused connection to several addresses has a code and no message.
    const said = error.message || String(error.code)
    const reason = credentials.filter(Boolean).reduce((text, part) => text.replaceAll(part, '***'), said)
    const text = `No PostgreSQL answers at ${publicUrl} within ${GIVEN_TIMEOUT_MS / 1000} s: ${reason}`
    const remedy =
      'Check POSTGRES_URL, its credentials and that the server runs; without POSTGRES_URL the lab starts its own.'
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
  if (context.env.POSTGRES_URL) return givenAvailability(context.env.POSTGRES_URL)
  const installed = await installedPostgres(context)
  if (installed) return { name: NAME, state: 'found', detail: installed }
  if (await context.cache.has(postgresRecipe(NAME, context))) return { name: NAME, state: 'cached', detail: ENGINE }
  const obstacle = await debianObstacle(context)
  if (obstacle) {
    const detail = `${obstacle}. Install PostgreSQL ${OLDEST} or newer, or set POSTGRES_URL.`
    return { name: NAME, state: 'missing', detail }
  }
  return {
    name: NAME,
    state: 'to-provision',
    detail: `${ENGINE}, by apt; shared with the MongoDB-compatible engine`,
    downloadBytes: POSTGRES_DOWNLOAD_BYTES,
    diskBytes: POSTGRES_DISK_BYTES,
    buildSeconds: UNPACK_SECONDS,
  }
}
