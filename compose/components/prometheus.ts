/** Prometheus with promtool: both from PATH, else unpacked from Debian without root. */
import { join } from 'node:path'
import type { Availability, PrometheusPrograms } from '../component.ts'
import { findProgram } from '../native/programs.ts'
import type { Recipe, Source } from '../provision/cache.ts'
import { run } from '../provision/commands.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { debianObstacle, loaderOf, unpackLoadable, wrapPrograms } from '../provision/debian.ts'

const NAME = 'prometheus'
const SUITE = 'sid'
const PACKAGES = ['prometheus', 'promtool'] as const
const PROGRAMS = ['usr/bin/prometheus', 'usr/bin/promtool'] as const
/** Both are Go programs that load the C library only. */
const KEEP = /prometheus|promtool|libc6/
/** The first that ends series which bring times of their own (`track_timestamps_staleness`). */
const OLDEST = [2, 48] as const

/** 11 MB of package lists and 38 MB of packages. */
const DOWNLOAD_BYTES = 49e6
const DISK_BYTES = 290e6
const WORK_BYTES = 200e6
const UNPACK_SECONDS = 15

const recipe = (context: ProvisionContext): Recipe => ({
  name: NAME,
  version: SUITE,
  key: [...PACKAGES, SUITE, process.arch, KEEP.source].join(' '),
  needBytes: DISK_BYTES + WORK_BYTES,
  make: async (folder, fetched, signal) => {
    for (const source of await unpack(folder, { ...context, signal })) fetched(source)
    await wrapPrograms(folder, loaderOf(folder, []), PROGRAMS)
  },
})

const unpack = (prefix: string, context: ProvisionContext): Promise<Source[]> =>
  unpackLoadable(
    { component: NAME, suite: SUITE, packages: PACKAGES, keep: KEEP },
    { files: PROGRAMS, libraryFolders: [] },
    prefix,
    context,
  )

/** Null where one of the two is missing or too old. */
async function onPath(context: Pick<ProvisionContext, 'env' | 'signal'>): Promise<PrometheusPrograms | null> {
  const [prometheus, promtool] = ['prometheus', 'promtool'].map((name) => findProgram(name, context.env))
  if (!prometheus || !promtool) return null
  const version = await versionOf(prometheus, context).catch(() => null)
  context.signal.throwIfAborted()
  if (version === null || isTooOld(version)) return null
  return { prometheus, promtool, version, origin: 'path' }
}

function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])
}

async function versionOf(prometheus: string, context: Pick<ProvisionContext, 'env' | 'signal'>): Promise<string> {
  const text = await run(prometheus, ['--version'], context)
  const version = /version (\d+\.\d+\.\d+)/.exec(text)?.[1]
  if (version === undefined) throw new Error(`${prometheus} --version names no version`)
  return version
}

/** Rejects with an EnvironmentError where Prometheus is neither on PATH nor to be unpacked. */
export async function prometheusPrograms(context: ProvisionContext): Promise<PrometheusPrograms> {
  const found = await onPath(context)
  if (found) return found
  const folder = await context.cache.entry(recipe(context), context.signal)
  const [prometheus, promtool] = PROGRAMS.map((program) => join(folder, program)) as [string, string]
  return { prometheus, promtool, version: await versionOf(prometheus, context), origin: 'provisioned' }
}

export async function prometheusAvailability(context: ProvisionContext): Promise<Availability> {
  const found = await onPath(context)
  if (found) return { name: NAME, state: 'found', detail: `${found.prometheus} ${found.version}` }
  const detail = `Prometheus and promtool from the Debian packages of ${SUITE}`
  if (await context.cache.has(recipe(context))) return { name: NAME, state: 'cached', detail }
  const obstacle = await debianObstacle(context)
  if (obstacle) return { name: NAME, state: 'missing', detail: `${obstacle}. Install prometheus and promtool.` }
  return {
    name: NAME,
    state: 'to-provision',
    detail: `${detail}, by apt`,
    downloadBytes: DOWNLOAD_BYTES,
    diskBytes: DISK_BYTES,
    buildSeconds: UNPACK_SECONDS,
  }
}
