/** A MySQL: given by MYSQL_URL, else `mysqld` (8.4 or newer) from PATH, else unpacked from Debian. */
import { type Availability, EnvironmentError, type RunningComponent } from '../component.ts'
import { findProgram } from '../native/programs.ts'
import { run } from '../provision/commands.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { debianObstacle } from '../provision/debian.ts'
import { withoutCredentials } from './address.ts'
import type { ComponentContext, Driver, Launched } from './driver.ts'
import { MYSQL_DISK_BYTES, MYSQL_DOWNLOAD_BYTES, mysqlRecipe, unpackedMysqld } from './mysql/distribution.ts'
import { identify } from './mysql/identity.ts'
import { startMysqld } from './mysql/server.ts'

const NAME = 'mysql'
const ENGINE = 'MySQL 9 from the Debian packages of sid'
const OLDEST = [8, 4] as const
const GIVEN_TIMEOUT_MS = 5_000
const UNPACK_SECONDS = 15

export const mysql: Driver = { name: NAME, givenBy: ['MYSQL_URL'], availability, start }

async function start(context: ComponentContext): Promise<Launched> {
  if (context.env.MYSQL_URL) return startGiven(context.env.MYSQL_URL)
  const program = await mysqldOnPath(context)
  if (program) return startMysqld({ program, origin: 'path', settings: [] }, context)
  const folder = await context.cache.entry(mysqlRecipe(context), context.signal)
  return startMysqld(unpackedMysqld(folder), context)
}

/** Null where there is none, where it is too old, and where it is MariaDB, which installs a program of that name too. */
async function mysqldOnPath(context: Pick<ProvisionContext, 'env' | 'signal'>): Promise<string | null> {
  const program = findProgram('mysqld', context.env)
  if (program === null) return null
  const text = await run(program, ['--version'], context).catch(() => '')
  context.signal.throwIfAborted()
  return isUsable(text) ? program : null
}

/** Reads what `mysqld --version` prints. */
export function isUsable(versionText: string): boolean {
  const [, major, minor] = /Ver (\d+)\.(\d+)/.exec(versionText) ?? []
  if (major === undefined || /MariaDB/i.test(versionText)) return false
  return Number(major) > OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1])
}

async function startGiven(url: string): Promise<Launched> {
  const publicUrl = withoutCredentials(url)
  const identity = await identify(url, GIVEN_TIMEOUT_MS).catch((error: Error) => {
    const credentials = /:\/\/([^/?]*)@/.exec(url)?.[1]?.split(':') ?? []
    const reason = credentials.filter(Boolean).reduce((text, part) => text.replaceAll(part, '***'), error.message)
    const text = `No MySQL answers at ${publicUrl} within ${GIVEN_TIMEOUT_MS / 1000} s: ${reason}`
    const remedy =
      'Check MYSQL_URL, its credentials and that the server runs; without MYSQL_URL the lab starts its own.'
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
  if (context.env.MYSQL_URL) return givenAvailability(context.env.MYSQL_URL)
  const program = await mysqldOnPath(context)
  if (program) return { name: NAME, state: 'found', detail: program }
  if (await context.cache.has(mysqlRecipe(context))) return { name: NAME, state: 'cached', detail: ENGINE }
  const obstacle = await debianObstacle(context)
  if (obstacle) {
    const detail = `${obstacle}. Install mysqld ${OLDEST.join('.')} or newer, or set MYSQL_URL.`
    return { name: NAME, state: 'missing', detail }
  }
  return {
    name: NAME,
    state: 'to-provision',
    detail: `${ENGINE}, by apt`,
    downloadBytes: MYSQL_DOWNLOAD_BYTES,
    diskBytes: MYSQL_DISK_BYTES,
    buildSeconds: UNPACK_SECONDS,
  }
}
