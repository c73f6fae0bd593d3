/** A Redis: given by REDIS_URL, else `redis-server` or `valkey-server` from PATH, else Valkey unpacked from Debian. */
import { type Availability, EnvironmentError, type RunningComponent } from '../component.ts'
import { type Environment, findProgram } from '../native/programs.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { debianObstacle } from '../provision/debian.ts'
import { withoutCredentials } from './address.ts'
import type { ComponentContext, Driver, Launched } from './driver.ts'
import { REDIS_DISK_BYTES, REDIS_DOWNLOAD_BYTES, redisRecipe, unpackedServer } from './redis/distribution.ts'
import { identify } from './redis/identity.ts'
import { startServer } from './redis/server.ts'

const NAME = 'redis'
const ENGINE = 'Valkey (speaks the protocol of Redis) from the Debian packages of sid'
const GIVEN_TIMEOUT_MS = 5_000
const UNPACK_SECONDS = 8

export const redis: Driver = { name: NAME, givenBy: ['REDIS_URL'], availability, start }

async function start(context: ComponentContext): Promise<Launched> {
  if (context.env.REDIS_URL) return startGiven(context.env.REDIS_URL)
  const program = serverOnPath(context.env)
  if (program) return startServer({ program, origin: 'path' }, context)
  const folder = await context.cache.entry(redisRecipe(context), context.signal)
  return startServer({ program: unpackedServer(folder), origin: 'provisioned' }, context)
}

const serverOnPath = (env: Environment): string | null =>
  findProgram('redis-server', env) ?? findProgram('valkey-server', env)

async function startGiven(url: string): Promise<Launched> {
  const publicUrl = withoutCredentials(url)
  const identity = await identify(url, GIVEN_TIMEOUT_MS).catch((error: Error) => {
    const text = `No Redis answers at ${publicUrl} within ${GIVEN_TIMEOUT_MS / 1000} s: ${withoutParts(url, error.message)}`
    const remedy =
      'Check REDIS_URL, its credentials and that the server runs; without REDIS_URL the lab starts its own.'
    throw new EnvironmentError('ENV-UNREACHABLE', NAME, text, remedy)
  })
  const component: RunningComponent = { name: NAME, url, publicUrl, identity, origin: 'given', processes: [] }
  return { component, again: () => startGiven(url) }
}

/** The text without the user and the password of the address. */
function withoutParts(url: string, text: string): string {
  const credentials = /:\/\/([^/?]*)@/.exec(url)?.[1]?.split(':') ?? []
  return credentials.filter(Boolean).reduce((rest, part) => rest.replaceAll(part, '***'), text)
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
  if (context.env.REDIS_URL) return givenAvailability(context.env.REDIS_URL)
  const program = serverOnPath(context.env)
  if (program) return { name: NAME, state: 'found', detail: program }
  if (await context.cache.has(redisRecipe(context))) return { name: NAME, state: 'cached', detail: ENGINE }
  const obstacle = await debianObstacle(context)
  if (obstacle) {
    const detail = `${obstacle}. Install redis-server or valkey-server, or set REDIS_URL.`
    return { name: NAME, state: 'missing', detail }
  }
  return {
    name: NAME,
    state: 'to-provision',
    detail: `${ENGINE}, by apt`,
    downloadBytes: REDIS_DOWNLOAD_BYTES,
    diskBytes: REDIS_DISK_BYTES,
    buildSeconds: UNPACK_SECONDS,
  }
}
