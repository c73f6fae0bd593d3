/** Cassandra's libraries from the Maven repository, kept in the cache. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../../native/ports.ts'
import { type Recipe, sha256 } from '../../provision/cache.ts'
import { run } from '../../provision/commands.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { type Artifact, fetchLibrary } from '../../provision/maven.ts'
import type { JavaRuntime } from '../java.ts'
import artifacts from './artifacts.json' with { type: 'json' }
import {
  CASSANDRA_VERSION,
  cassandraYaml,
  folderFlags,
  isStarted,
  MAIN_CLASS,
  NODE_FLAGS,
  type NodePorts,
} from './configuration.ts'

const CLOSURE: readonly Artifact[] = artifacts
export const CASSANDRA_BYTES = CLOSURE.reduce((sum, { bytes }) => sum + bytes, 0)
const PREPARED_BYTES = 150e6
const ARCHIVE = 'classes.jsa'

export const cassandraRecipe = (context: ProvisionContext): Recipe => ({
  name: 'cassandra',
  version: CASSANDRA_VERSION,
  key: sha256(JSON.stringify(CLOSURE)),
  needBytes: 3 * CASSANDRA_BYTES,
  make: async (folder, fetched, signal) => {
    const roots = [`org.apache.cassandra:cassandra-all:${CASSANDRA_VERSION}`]
    const library = { component: 'cassandra', roots, artifacts: CLOSURE }
    for (const source of await fetchLibrary(library, folder, { ...context, signal })) fetched(source)
  },
})

/** The program of a node, without the flags that name its folders. */
export interface Distribution {
  readonly java: string
  readonly flags: readonly string[]
  readonly classPath: string
}

/** Provisions what is missing. Rejects with an EnvironmentError or the signal's reason. */
export async function cassandraDistribution(java: JavaRuntime, context: ProvisionContext): Promise<Distribution> {
  const program = await java.program()
  const libraries = await context.cache.entry(cassandraRecipe(context), context.signal)
  const classPath = await classPathOf(libraries)
  const prepared = await context.cache.entry(preparedRecipe(classPath, java, context), context.signal)
  const hasArchive = (await readdir(prepared)).includes(ARCHIVE)
  const archive = hasArchive ? [`-XX:SharedArchiveFile=${join(prepared, ARCHIVE)}`, '-Xshare:auto'] : []
  return { java: program, flags: [...NODE_FLAGS, ...archive], classPath }
}

/** In a fixed order: a class data archive is bound to it. */
async function classPathOf(libraries: string): Promise<string> {
  const jars = (await readdir(libraries)).filter((name) => name.endsWith('.jar')).sort()
  return jars.map((name) => join(libraries, name)).join(':')
}

/**
 * An archive of the classes a node loads (JDK AppCDS), made by running one once. A JVM that writes no archive leaves
 * none, and starts go without.
 */
const preparedRecipe = (classPath: string, java: JavaRuntime, context: ProvisionContext): Recipe => ({
  name: 'cassandra-prepared',
  version: CASSANDRA_VERSION,
  key: sha256([classPath, java.version, java.origin, ...NODE_FLAGS].join('\n')),
  needBytes: PREPARED_BYTES,
  make: async (folder, _fetched, signal) => {
    context.onProgress({ component: 'cassandra', step: 'preparing short starts', secondsLeft: 25 })
    const work = await mkdtemp(join(folder, 'work-'))
    const [native = 0, storage = 0, management = 0] = await freePorts(3)
    await prepareFolder(work, { native, storage, management })
    const onLine = (line: string, end: () => void) => {
      if (isStarted(line)) end()
    }
    const flags = [...NODE_FLAGS, `-XX:ArchiveClassesAtExit=${join(folder, ARCHIVE)}`, ...folderFlags(work)]
    const options = { env: context.env, signal, cwd: work, onLine }
    await run(await java.program(), [...flags, '-cp', classPath, MAIN_CLASS], options)
    await rm(work, { recursive: true, force: true })
  },
})

/** What a node needs to find in its folder. */
export async function prepareFolder(dataDir: string, ports: NodePorts): Promise<void> {
  for (const folder of ['tmp', 'triggers']) await mkdir(join(dataDir, folder), { recursive: true })
  await writeFile(join(dataDir, 'cassandra.yaml'), cassandraYaml(ports, dataDir))
}
