/** Cassandra's libraries from the Maven repository, kept in the cache. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Recipe, sha256 } from '../../provision/cache.ts'
import type { ProvisionContext } from '../../provision/context.ts'
import { type Artifact, fetchLibrary } from '../../provision/maven.ts'
import type { JavaRuntime } from '../java.ts'
import artifacts from './artifacts.json' with { type: 'json' }
import { CASSANDRA_VERSION, MAIN_CLASS, NODE_FLAGS } from './configuration.ts'

const CLOSURE: readonly Artifact[] = artifacts
export const CASSANDRA_BYTES = CLOSURE.reduce((sum, { bytes }) => sum + bytes, 0)

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

/** The command of a node, without the flags that name its folders. */
export interface Distribution {
  readonly java: string
  readonly flags: readonly string[]
  /** What comes after all flags. */
  readonly main: readonly string[]
}

/** Provisions what is missing. Rejects with an EnvironmentError or the signal's reason. */
export async function cassandraDistribution(java: JavaRuntime, context: ProvisionContext): Promise<Distribution> {
  const program = await java.program()
  const libraries = await context.cache.entry(cassandraRecipe(context), context.signal)
  const jars = (await readdir(libraries)).filter((name) => name.endsWith('.jar')).sort()
  const classPath = jars.map((name) => join(libraries, name)).join(':')
  return { java: program, flags: NODE_FLAGS, main: ['-cp', classPath, MAIN_CLASS] }
}
