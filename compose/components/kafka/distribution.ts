/** Kafka's libraries, and what is prepared once from them so that each start is short. */
import { copyFile, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../../native/ports.ts'
import { type Recipe, sha256 } from '../../provision/cache.ts'
import { run } from '../../provision/commands.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { type Artifact, fetchLibrary } from '../../provision/maven.ts'
import type { JavaRuntime } from '../java.ts'
import artifacts from './artifacts.json' with { type: 'json' }
import { BROKER_FLAGS, FORMAT_FLAGS, isStarted, KAFKA_VERSION, serverProperties } from './configuration.ts'

const ROOTS = [`org.apache.kafka:kafka_2.13:${KAFKA_VERSION}`, 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.4']
const CLOSURE: readonly Artifact[] = artifacts
export const KAFKA_DOWNLOAD_BYTES = CLOSURE.reduce((sum, { bytes }) => sum + bytes, 0)
const PREPARED_DISK_BYTES = 70e6
export const KAFKA_DISK_BYTES = KAFKA_DOWNLOAD_BYTES + PREPARED_DISK_BYTES
/** Any valid id: a formatted folder gets its own cluster id at each start. */
const TEMPLATE_CLUSTER_ID = 'AAAAAAAAAAAAAAAAAAAAAQ'

export const librariesRecipe = (context: ProvisionContext): Recipe => ({
  name: 'kafka',
  version: KAFKA_VERSION,
  key: sha256(JSON.stringify(CLOSURE)),
  needBytes: 3 * KAFKA_DOWNLOAD_BYTES,
  make: async (folder, fetched, signal) => {
    const library = { component: 'kafka', roots: ROOTS, artifacts: CLOSURE }
    const sources = await fetchLibrary(library, folder, { ...context, signal })
    for (const source of sources) fetched(source)
  },
})

/** The libraries in a fixed order: a class data archive is bound to it. */
async function classPath(libraries: string): Promise<string> {
  const jars = (await readdir(libraries)).filter((name) => name.endsWith('.jar'))
  return jars
    .sort()
    .map((name) => join(libraries, name))
    .join(':')
}

/** What a start needs: command line parts and a formatted log folder to copy. */
export interface Distribution {
  readonly java: string
  readonly arguments: readonly string[]
  /** Checkpoint with the feature levels of a freshly formatted node. */
  readonly bootstrapCheckpoint: string
}

/**
 * A formatted log folder and an archive of the classes a broker loads (JDK AppCDS), made by formatting and running a
 * broker once. A JVM that writes no archive leaves none, and starts go without.
 */
const preparedRecipe = (libraries: string, java: JavaRuntime, context: ProvisionContext): Recipe => ({
  name: 'kafka-prepared',
  version: KAFKA_VERSION,
  key: sha256([JSON.stringify(CLOSURE), libraries, java.version, java.origin, ...BROKER_FLAGS].join('\n')),
  needBytes: PREPARED_DISK_BYTES,
  make: async (folder, _fetched, signal) => {
    context.onProgress({ component: 'kafka', step: 'preparing short starts', secondsLeft: 15 })
    const work = await mkdtemp(join(folder, 'work-'))
    const logDir = join(work, 'log')
    const [broker = 0, controller = 0] = await freePorts(2)
    const properties = join(work, 'server.properties')
    await writeFile(properties, serverProperties({ broker, controller }, logDir))
    await mkdir(logDir)
    const program = await java.program()
    const path = await classPath(libraries)
    const options = { env: context.env, signal, cwd: work }
    const format = ['kafka.tools.StorageTool', 'format', '-t', TEMPLATE_CLUSTER_ID, '-c', properties]
    await run(program, [...FORMAT_FLAGS, '-cp', path, ...format], options)
    await copyFile(join(logDir, 'bootstrap.checkpoint'), join(folder, 'bootstrap.checkpoint'))
    const flags = [...BROKER_FLAGS, `-XX:ArchiveClassesAtExit=${join(folder, 'classes.jsa')}`]
    const onLine = (line: string, end: () => void) => {
      if (isStarted(line)) end()
    }
    await run(program, [...flags, '-cp', path, 'kafka.Kafka', properties], { ...options, onLine })
    await rm(work, { recursive: true, force: true })
  },
})

/** Provisions what is missing. Rejects with an EnvironmentError or the signal's reason. */
export async function kafkaDistribution(java: JavaRuntime, context: ProvisionContext): Promise<Distribution> {
  const program = await java.program()
  const libraries = await context.cache.entry(librariesRecipe(context), context.signal)
  const prepared = await context.cache.entry(preparedRecipe(libraries, java, context), context.signal)
  const hasArchive = (await readdir(prepared)).includes('classes.jsa')
  const archive = hasArchive ? [`-XX:SharedArchiveFile=${join(prepared, 'classes.jsa')}`, '-Xshare:auto'] : []
  return {
    java: program,
    arguments: [...BROKER_FLAGS, ...archive, '-cp', await classPath(libraries), 'kafka.Kafka'],
    bootstrapCheckpoint: join(prepared, 'bootstrap.checkpoint'),
  }
}

/** How much of it is in the cache: `libraries` needs no registry any more, `all` no preparation either. */
export async function kafkaInCache(
  java: JavaRuntime,
  context: ProvisionContext,
): Promise<'nothing' | 'libraries' | 'all'> {
  const libraries = librariesRecipe(context)
  if (!(await context.cache.has(libraries))) return 'nothing'
  const path = join(context.cache.pathOf(libraries), 'content')
  return (await context.cache.has(preparedRecipe(path, java, context))) ? 'all' : 'libraries'
}
